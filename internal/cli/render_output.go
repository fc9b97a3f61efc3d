package cli

import (
	"context"
	"fmt"
	stdio "io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/modship/modship/internal/manifest"
	"github.com/modship/modship/internal/render"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/module"
)

// matches reports whether an object is among those that are to be shown.
func (f *objectFilter) matches(set *render.Set, o *manifest.Object) bool {
	file := func(name string) bool { return filepath.ToSlash(filepath.Clean(name)) == o.File }
	kind := func(name string) bool { return strings.EqualFold(name, o.Kind()) }
	image := func(c manifest.Container) bool { return set.Image(c.Image) == module.DigestKey(f.Image) }
	return (len(f.ShowOnly) == 0 || slices.ContainsFunc(f.ShowOnly, file)) &&
		(len(f.Kinds) == 0 || slices.ContainsFunc(f.Kinds, kind)) &&
		(f.Image == "" || slices.ContainsFunc(o.Containers(), image))
}

// objectJSON is an object and where it is from.
type objectJSON struct {
	File   string         `json:"file"`
	Line   int            `json:"line,omitempty"`
	Object map[string]any `json:"object"`
}

type setJSON struct {
	Values   string       `json:"values"`
	Objects  []objectJSON `json:"objects"`
	Failures []string     `json:"failures"`
}

func (o *renderOptions) setsJSON(sets []*render.Set) []setJSON {
	var list []setJSON
	for _, set := range sets {
		entry := setJSON{Values: set.Values, Objects: []objectJSON{}, Failures: orEmpty(failureLines(set))}
		for _, object := range o.chosen(set) {
			place := set.Place(object.File, object.LineOf(nil))
			entry.Objects = append(entry.Objects, objectJSON{object.File, place.Line, object.Data})
		}
		list = append(list, entry)
	}
	return list
}

// placeholderNote stands above objects that were rendered without a build.
const placeholderNote = "# Image digests that begin with zeros are placeholders: the images are not built.\n"

// writeStream writes the objects as one stream of YAML.
func (o *renderOptions) writeStream(w stdio.Writer, sets []*render.Set) error {
	var b strings.Builder
	if o.Digests == "" && o.Tag == "" && o.Image == "" {
		b.WriteString(placeholderNote)
	}
	for _, set := range sets {
		for _, object := range o.chosen(set) {
			b.WriteString("---\n")
			if len(sets) > 1 {
				b.WriteString("# Values: " + set.Values + "\n")
			}
			b.WriteString("# Source: " + object.File + "\n" + object.Content)
		}
	}
	text := b.String()
	if isColoured(w) {
		text = coloured(text)
	}
	_, err := stdio.WriteString(w, text)
	return err
}

// isColoured reports whether a writer is a terminal whose user wants colours
// (https://no-color.org).
func isColoured(w stdio.Writer) bool {
	file, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}

var (
	yamlKey     = regexp.MustCompile(`(?m)^(\s*(?:- )*)([^\s#:"'][^:\n]*)(:(?:\s|$))`)
	yamlComment = regexp.MustCompile(`(?m)^(\s*#.*|---)$`)
)

// coloured marks the keys and comments of YAML.
func coloured(text string) string {
	text = yamlKey.ReplaceAllString(text, "$1\x1b[36m$2\x1b[0m$3")
	return yamlComment.ReplaceAllString(text, "\x1b[90m$1\x1b[0m")
}

// writeFiles writes a file per object, below a directory per set if there are
// several.
func (o *renderOptions) writeFiles(w stdio.Writer, sets []*render.Set) error {
	written := 0
	for _, set := range sets {
		dir, used := o.Output, map[string]int{}
		if len(sets) > 1 {
			dir = filepath.Join(dir, set.Values)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for _, object := range o.chosen(set) {
			name := fileName(object)
			if used[name]++; used[name] > 1 {
				name += fmt.Sprintf("-%d", used[name])
			}
			text := "# Source: " + object.File + "\n" + object.Content
			if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(text), 0o644); err != nil {
				return err
			}
			written++
		}
	}
	_, err := fmt.Fprintf(w, "%s written to %s\n", count(written, "object"), o.Output)
	return err
}

var notInFileName = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)

// fileName returns a name for the file of an object, such as
// deployment-d8-echo-echo-server.
func fileName(o *manifest.Object) string {
	parts := []string{strings.ToLower(o.Kind()), o.Namespace(), o.Name()}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return notInFileName.ReplaceAllString(strings.Join(parts, "-"), "-")
}

// showImages prints which image runs in which container.
func (o *renderOptions) showImages(w stdio.Writer, sets []*render.Set) error {
	if o.Format == "json" {
		return writeJSON(w, map[string]any{"containers": orEmpty(o.containers(sets))})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "IMAGE\tWORKLOAD\tCONTAINER\tREQUESTS\tLIMITS")
	for _, c := range o.containers(sets) {
		container := c.Container
		if c.Init {
			container += " (init)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", c.Image, c.Workload, container, amounts(c.Requests), amounts(c.Limits))
	}
	return table.Flush()
}

func (o *renderOptions) containers(sets []*render.Set) []render.Container {
	var list []render.Container
	seen := map[string]bool{}
	for _, set := range sets {
		for _, object := range o.chosen(set) {
			for _, c := range set.Containers(object) {
				if key := fmt.Sprint(c); !seen[key] {
					seen[key] = true
					list = append(list, c)
				}
			}
		}
	}
	return list
}

func amounts(resources map[string]string) string {
	var parts []string
	for _, name := range []string{"cpu", "memory", "ephemeral-storage"} {
		if amount, ok := resources[name]; ok {
			parts = append(parts, name+" "+amount)
		}
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

type changeJSON struct {
	Values  string                 `json:"values"`
	Action  manifest.Action        `json:"action"`
	Kind    string                 `json:"kind"`
	Object  string                 `json:"object"`
	Changes []manifest.FieldChange `json:"changes,omitempty"`
}

// showDiff prints what changes in the objects since another commit or version.
func (o *renderOptions) showDiff(ctx context.Context, io *streams, s *settings.Settings, in render.Input, after []*render.Set) error {
	earlier, of, err := o.before(ctx, io, s, in)
	if err != nil {
		return err
	}
	var list []changeJSON
	for i, set := range after {
		changes := manifest.Diff(o.chosen(earlier[i]), o.chosen(set), earlier[i].Names(), set.Names())
		for _, c := range changes {
			list = append(list, changeJSON{set.Values, c.Action, c.ID.Kind, c.ID.String(), c.Fields})
		}
	}
	if o.Format == "json" {
		return writeJSON(io.Out, map[string]any{"changes": orEmpty(list)})
	}
	if len(list) == 0 {
		_, err := fmt.Fprintf(io.Err, "no object differs from %s\n", of)
		return err
	}
	for _, c := range list {
		printChange(io.Out, c, len(after) > 1)
	}
	return nil
}

func printChange(w stdio.Writer, c changeJSON, withValues bool) {
	fmt.Fprintf(w, "%-6s %s", c.Action, c.Object)
	if withValues {
		fmt.Fprintf(w, " (values: %s)", c.Values)
	}
	fmt.Fprintln(w)
	for _, f := range c.Changes {
		fmt.Fprintf(w, "       %s: %s → %s\n", f.Path, shown(f.Before), shown(f.After))
	}
}

// maxShown bounds the length of a value in a line.
const maxShown = 100

func shown(value any) string {
	if value == nil {
		return "(none)"
	}
	text := strings.ReplaceAll(fmt.Sprint(value), "\n", `\n`)
	if runes := []rune(text); len(runes) > maxShown {
		text = string(runes[:maxShown]) + "…"
	}
	return text
}
