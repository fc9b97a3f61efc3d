package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/manifest"
	"github.com/modship/modship/internal/render"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

type renderOptions struct {
	registryOptions
	chartOptions
	objectFilter
	Output string
	Diff   string
	Images bool
}

// chartOptions say what a chart is rendered with.
type chartOptions struct {
	Sets       []string
	Values     []string
	Set        []string
	Digests    string
	Kubernetes string
	APIs       []string
	Modules    []string
}

func newRenderCommand(io *streams) *cobra.Command {
	o := &renderOptions{}
	cmd := &cobra.Command{
		Use:   "render",
		Short: "Render the module's chart",
		Long: `Renders the chart of the working tree with the values that a cluster would have:
the defaults and examples of the schemas in openapi/, what Deckhouse adds to them
under global, and a placeholder digest for each image. No cluster, network or
build is needed; lookup finds nothing, as in a first installation.

The values are those of a set. defaults has what a user gets who sets only what is
required. minimal leaves out what the schemas do not promise. everything sets all
that they know, in a highly available cluster with the usual modules. Each file
.modship/values/NAME.yaml is one more set. --values and --set go over it.

--tag takes the digests from a bundle in the registry. --diff compares with a commit,
or with a published version if it is given as vX.Y.Z (a git tag of that name is
refs/tags/vX.Y.Z): images are compared by name, whatever their digests.`,
		Example: `  modship render
  modship render --kind Deployment --image controller
  modship render --value-set everything --show-only templates/controller.yaml
  modship render --tag v1.2.3
  modship render --diff main
  modship render --diff v1.2.3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runRender(cmd.Context(), io, o) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.Tag, "tag", "", "published `TAG` whose digests the images get")
	o.addChart(fs)
	o.addFilter(fs)
	fs.StringVar(&o.Output, "output", "", "write a file per object to this `DIR`")
	fs.StringVar(&o.Diff, "diff", "", "show what changes in the objects since this `COMMIT` or published version")
	fs.BoolVar(&o.Images, "images", false, "show which image runs in which container, with requests and limits")
	o.addFormat(fs, "text", "json")
	o.addRegistry(cmd)
	return cmd
}

func (o *chartOptions) addChart(fs *pflag.FlagSet) {
	fs.StringSliceVar(&o.Sets, "value-set", nil, "set `SET` of values: "+strings.Join(render.Bases(), ", ")+", all, or a name in "+render.Dir+"; repeatable")
	fs.StringArrayVar(&o.Values, "values", nil, "`FILE` of values that go over the set, repeatable")
	fs.StringArrayVar(&o.Set, "set", nil, "`VALUE` that goes over the set, such as myModule.replicas=2; repeatable")
	fs.StringVar(&o.Digests, "digests", "", "`FILE` with the images' digests: images_digests.json, or werf's build report")
	fs.StringVar(&o.Kubernetes, "kube-version", "", "Kubernetes `VERSION` of the cluster (default "+render.DefaultKubernetes+")")
	fs.StringArrayVar(&o.APIs, "capabilities", nil, "`API` version that the cluster has, such as cilium.io/v2/CiliumNetworkPolicy; repeatable")
	fs.StringArrayVar(&o.Modules, "enabled-module", nil, "`MODULE` that is enabled in the cluster, repeatable")
}

// renderInput returns what to render the module with, and the sets of values.
func (o *chartOptions) renderInput(s *settings.Settings, sets []string) (render.Input, error) {
	in := render.Input{Name: s.Name.Value, Keys: render.Keys(os.DirFS(s.Dir.Value)), Kubernetes: o.Kubernetes, APIs: o.APIs, Modules: o.Modules}
	known, err := render.Sets(os.DirFS(s.Dir.Value))
	if err != nil {
		return in, exit.With(exit.Usage, err, "")
	}
	in.Sets = known
	if len(sets) != 1 || sets[0] != "all" {
		if in.Sets, err = render.Choose(known, sets); err != nil {
			return in, exit.With(exit.Usage, err, "")
		}
	}
	given, err := o.given()
	if err != nil {
		return in, exit.With(exit.Usage, err, "")
	}
	for i := range in.Sets {
		in.Sets[i].Set = render.Over(in.Sets[i].Set, given)
	}
	if o.Digests != "" {
		in.Digests, err = render.ReadDigests(o.Digests)
	}
	return in, exit.With(exit.Usage, err, "")
}

// given are the values of --values and --set.
func (o *chartOptions) given() (map[string]any, error) {
	values := map[string]any{}
	for _, file := range o.Values {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		more, err := render.ParseValues(file, data)
		if err != nil {
			return nil, err
		}
		values = render.Over(values, more)
	}
	for _, text := range o.Set {
		if err := chart.SetValue(values, text); err != nil {
			return nil, fmt.Errorf("--set %s: %w", text, err)
		}
	}
	return values, nil
}

// resolveModule finds the module that a command reads without building it, in a
// git repository or not.
func resolveModule(ctx context.Context, in settings.Input) (*settings.Settings, error) {
	s, err := settings.ResolveTarget(ctx, in)
	if err == nil && s.Dir.Value == "" {
		err = exit.With(exit.Usage, errors.New("no werf.yaml here or above"), "Run modship in a module repository, or name it with --dir DIR.")
	}
	return s, err
}

func runRender(ctx context.Context, io *streams, o *renderOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	s, err := resolveModule(ctx, o.input())
	if err != nil {
		return err
	}
	sets := o.Sets
	if len(sets) == 0 {
		sets = []string{string(chart.Defaults)}
	}
	in, err := o.renderInput(s, sets)
	if err != nil {
		return err
	}
	if in.Files, err = chart.ReadFiles(os.DirFS(s.Dir.Value)); err != nil {
		return err
	}
	if err := o.takeDigests(ctx, io, &in); err != nil {
		return err
	}
	in.Engine = io.Charts
	rendered, err := render.Run(ctx, in)
	if err != nil {
		return err
	}
	if err := o.show(ctx, io, s, in, rendered); err != nil {
		return err
	}
	return renderFailure(io, rendered)
}

func (o *renderOptions) show(ctx context.Context, io *streams, s *settings.Settings, in render.Input, sets []*render.Set) error {
	switch {
	case o.Diff != "":
		return o.showDiff(ctx, io, s, in, sets)
	case o.Images:
		return o.showImages(io.Out, sets)
	case o.Output != "":
		return o.writeFiles(io.Err, sets)
	case o.Format == "json":
		return writeJSON(io.Out, map[string]any{"sets": o.setsJSON(sets)})
	}
	return o.writeStream(io.Out, sets)
}

// takeDigests takes the digests of the images from the bundle of --tag.
func (o *renderOptions) takeDigests(ctx context.Context, io *streams, in *render.Input) error {
	if o.Tag == "" {
		return nil
	}
	if o.Digests != "" {
		return exit.With(exit.Usage, errors.New("--tag and --digests both say which digests the images have"), "Give one of them.")
	}
	found, ref, err := o.readPublished(ctx, io, o.Tag)
	if err != nil {
		return err
	}
	if len(found.digests) == 0 {
		fmt.Fprintf(io.Err, "note: %s names no images\n", ref)
	}
	in.Digests = found.digests
	return nil
}

// before renders what --diff names with the same values, and says what that is.
func (o *renderOptions) before(ctx context.Context, io *streams, s *settings.Settings, in render.Input) ([]*render.Set, string, error) {
	if !module.IsVersion(o.Diff) {
		sets, err := beforeCommit(ctx, s, in, o.Diff)
		return sets, o.Diff, err
	}
	found, ref, err := o.readPublished(ctx, io, o.Diff)
	if _, absent := errors.AsType[*publish.NotPublishedError](err); absent {
		err = exit.With(exit.Violated, err, "A version is looked up in the registry (--source); for the git tag, write --diff refs/tags/"+o.Diff+".")
	}
	if err != nil {
		return nil, ref, err
	}
	in.Files, in.Digests = found.files, found.digests
	sets, err := render.Run(ctx, in)
	return sets, ref, err
}

// beforeCommit renders the chart of another commit.
func beforeCommit(ctx context.Context, s *settings.Settings, in render.Input, rev string) ([]*render.Set, error) {
	repository := git.At(s.Dir.Value)
	commit, err := repository.Resolve(ctx, rev)
	if err != nil {
		return nil, exit.With(exit.Usage, err, "")
	}
	files, err := repository.Contents(ctx, commit, chart.MayNeed)
	if err != nil {
		return nil, err
	}
	if in.Files, err = chart.Choose(files); err != nil {
		return nil, err
	}
	return render.Run(ctx, in)
}

// renderFailure reports the templates that could not be rendered.
func renderFailure(io *streams, sets []*render.Set) error {
	seen := map[string]bool{}
	for _, set := range sets {
		for _, text := range failureLines(set) {
			if !seen[text] {
				fmt.Fprintf(io.Err, "%s (values: %s)\n", text, set.Values)
			}
			seen[text] = true
		}
	}
	if len(seen) == 0 {
		return nil
	}
	return exit.With(exit.Failed, errors.New("not every template could be rendered"), "")
}

func failureLines(set *render.Set) []string {
	var lines []string
	for _, f := range set.Failures {
		lines = append(lines, at(f.File, f.Line)+f.Reason)
	}
	for _, f := range set.Faults {
		if f.Fatal {
			place := set.Place(f.File, f.Line)
			lines = append(lines, at(place.File, place.Line)+f.Message)
		}
	}
	return lines
}

// at writes a place as compilers do, or nothing.
func at(file string, line int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return file + ": "
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}

// objectFilter chooses objects.
type objectFilter struct {
	ShowOnly []string
	Kinds    []string
	Image    string
}

func (f *objectFilter) addFilter(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.ShowOnly, "show-only", nil, "only objects of this `TEMPLATE`, such as templates/server.yaml; repeatable")
	fs.StringSliceVar(&f.Kinds, "kind", nil, "only objects of this `KIND`, repeatable")
	fs.StringVar(&f.Image, "image", "", "only workloads that run this `IMAGE` of the module")
}

func (f *objectFilter) chosen(set *render.Set) []*manifest.Object {
	var chosen []*manifest.Object
	for _, o := range set.Objects {
		if f.matches(set, o) {
			chosen = append(chosen, o)
		}
	}
	return chosen
}
