package cli

import (
	"cmp"
	"context"
	"fmt"
	stdio "io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/pipeline"
)

type explainOptions struct {
	buildOptions
	Since string
}

func newExplainCommand(io *streams) *cobra.Command {
	o := &explainOptions{}
	cmd := &cobra.Command{
		Use:   "explain [IMAGE...]",
		Short: "Explain why images are rebuilt",
		Long: `Shows the first stage that the repository does not have, and the inputs that
changed since the commit from which the repository has the image: files,
instructions, base images, images it needs. With --since the comparison is with
that commit, without asking the registry. Without arguments all images that are
not reused are explained, grouped by cause, the largest group first.`,
		Example: `  modship explain
  modship explain controller
  modship explain --since v1.2.2`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Images = args
			return runExplain(cmd.Context(), io, o)
		},
	}
	cmd.ValidArgsFunction = o.completeImages
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module `TAG` that the templates see")
	fs.StringVar(&o.Since, "since", "", "compare with this `REVISION` instead of the registry")
	o.addFormat(fs, "text", "json")
	o.addWerf(cmd)
	return cmd
}

func runExplain(ctx context.Context, io *streams, o *explainOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	opts, err := o.prepareExplain(ctx, io)
	if err != nil {
		return err
	}
	list, err := pipeline.Explain(ctx, opts, o.Images, o.Since)
	if err != nil {
		return err
	}
	if o.Format == "json" {
		return writeJSON(io.Out, map[string]any{"images": orEmpty(list)})
	}
	if len(o.Images) > 0 {
		printExplanations(io.Out, list)
	} else {
		printGroups(io.Out, list, o.Since)
	}
	return nil
}

// prepareExplain needs no container backend to compare two commits.
func (o *explainOptions) prepareExplain(ctx context.Context, io *streams) (pipeline.Options, error) {
	o.ReadOnly = true
	if o.Since == "" {
		return o.prepareLookUp(ctx, io)
	}
	opts, err := o.pipelineOptions(ctx, io)
	if err != nil {
		return opts, err
	}
	return o.quiet(io, opts)
}

func printExplanations(w stdio.Writer, list []pipeline.Explanation) {
	for _, x := range list {
		fmt.Fprintln(w, headline(x))
		for _, c := range x.Causes {
			fmt.Fprintf(w, "  %s\n", c.String())
		}
		for _, need := range x.Needs {
			fmt.Fprintf(w, "  image %s changes\n", need)
		}
	}
}

func headline(x pipeline.Explanation) string {
	var parts []string
	switch {
	case x.Action == build.Reuse:
		parts = append(parts, "reused")
	case x.Action == build.Deferred:
		parts = append(parts, "decided by the images it needs")
	case x.Stage != "":
		parts = append(parts, "rebuilt from stage "+x.Stage)
	default:
		parts = append(parts, "unchanged")
	}
	if x.Since != "" {
		parts = append(parts, "compared with commit "+short(x.Since))
	}
	return x.Image + ": " + strings.Join(parts, ", ")
}

func short(commit string) string { return commit[:min(12, len(commit))] }

// group is a set of causes that change the same images.
type group struct {
	causes   []string
	direct   []string // images with these causes
	affected int      // with the images that need those
}

// How many causes and images of a group are named.
const (
	maxCauses = 3
	maxNames  = 6
)

// imagesAre begins a sentence about n images.
func imagesAre(n int, one, several string) string {
	if n == 1 {
		return count(n, "image") + " " + one
	}
	return count(n, "image") + " " + several
}

func printGroups(w stdio.Writer, list []pipeline.Explanation, since string) {
	switch {
	case len(list) == 0 && since == "":
		fmt.Fprintln(w, "every image is reused")
	case len(list) == 0:
		fmt.Fprintf(w, "no image differs since %s\n", since)
	case since == "":
		fmt.Fprintf(w, "%s not reused:\n", imagesAre(len(list), "is", "are"))
	default:
		fmt.Fprintf(w, "%s since %s:\n", imagesAre(len(list), "differs", "differ"), since)
	}
	for _, g := range groups(list) {
		names := firstOf(g.direct, maxNames)
		if through := g.affected - len(g.direct); through > 0 {
			names += fmt.Sprintf(", and through them %d more", through)
		}
		fmt.Fprintf(w, "%4d  %s\n      %s\n", g.affected, firstOf(g.causes, maxCauses), names)
	}
}

// firstOf joins the first n of a list and says how many more there are.
func firstOf(list []string, n int) string {
	text := strings.Join(list[:min(n, len(list))], ", ")
	if more := len(list) - n; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// groups sorts the causes by how many images they change, directly or through
// images that need those. Causes that change the same images are one group.
func groups(list []pipeline.Explanation) []*group {
	affected := map[string]int{}
	direct := map[string][]string{}
	roots := rootCauses(list)
	for _, x := range list {
		for cause := range roots[x.Image] {
			affected[cause]++
		}
		for _, c := range x.Causes {
			cause := groupCause(c)
			if !slices.Contains(direct[cause], x.Image) {
				direct[cause] = append(direct[cause], x.Image)
			}
		}
	}
	bySet := map[string]*group{}
	for _, cause := range slices.Sorted(maps.Keys(affected)) {
		set := strings.Join(direct[cause], "\x00")
		if bySet[set] == nil {
			bySet[set] = &group{direct: direct[cause], affected: affected[cause]}
		}
		bySet[set].causes = append(bySet[set].causes, cause)
	}
	return slices.SortedFunc(maps.Values(bySet), func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.affected, a.affected), cmp.Compare(a.causes[0], b.causes[0]))
	})
}

// rootCauses maps each image to its own causes and those of the images it
// needs, down to the roots.
func rootCauses(list []pipeline.Explanation) map[string]map[string]bool {
	byName := map[string]pipeline.Explanation{}
	for _, x := range list {
		byName[x.Image] = x
	}
	roots := map[string]map[string]bool{}
	var visit func(string) map[string]bool
	visit = func(name string) map[string]bool {
		if known, ok := roots[name]; ok {
			return known
		}
		own := map[string]bool{}
		roots[name] = own // before the recursion: ends it on a cycle
		for _, c := range byName[name].Causes {
			own[groupCause(c)] = true
		}
		for _, need := range byName[name].Needs {
			for cause := range visit(need) {
				own[cause] = true
			}
		}
		return own
	}
	for _, x := range list {
		visit(x.Image)
	}
	return roots
}

// groupCause is what images have in common; the stage may differ.
func groupCause(c pipeline.Cause) string {
	c.Stage = ""
	switch c.Kind {
	case "file":
		return fmt.Sprintf("file %s %s", c.What, c.How)
	case "instruction":
		return "instructions: " + c.What
	default:
		return c.String()
	}
}
