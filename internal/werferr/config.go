package werferr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/modship/modship/internal/werfsrc"
)

// ConfigOptions describe a configuration that could not be read.
type ConfigOptions struct {
	// Project is the project directory that it was read from.
	Project werfsrc.Project
	// Sections returns the sections of the rendered configuration by image, as
	// far as they can be parsed. Nil means that there are none. Only names and
	// keys of them are shown, never values.
	Sections func() map[string]map[string]any
	// Commit is the earlier commit that it was read from, else empty.
	Commit string
}

// Config explains an error of reading werf.yaml. An error without a row keeps
// werf's words, without the excerpt of the rendered configuration, and gets the
// image that they are about.
func Config(err error, opts ConfigOptions) error {
	r := newReport(err, opts)
	for _, e := range slices.Concat(ofFiles, ofConfig) {
		if explained := e.explain(r); explained != nil {
			return r.finish(explained)
		}
	}
	return r.finish(r.unknown())
}

// report is an error of werf with its place, as far as known.
type report struct {
	said     string   // what werf says, without rendered text
	images   []string // of the sections that it is about
	project  werfsrc.Project
	sections func() map[string]map[string]any
	commit   string
}

func newReport(err error, opts ConfigOptions) *report {
	said, excerpt := split(err)
	return &report{said: withoutValues(said), images: excerptImages(excerpt), project: opts.Project, sections: opts.Sections, commit: opts.Commit}
}

// image is the image that the error is about, or empty.
func (r *report) image() string {
	if len(r.images) == 0 {
		return ""
	}
	return r.images[0]
}

// section is the rendered section of an image, or nil.
func (r *report) section(image string) map[string]any {
	if r.sections == nil {
		return nil
	}
	return r.sections()[werfsrc.NamesIn(image)[0]]
}

// names are the images of the rendered configuration.
func (r *report) names() []string {
	var names []string
	if r.sections != nil {
		for name := range r.sections() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// files are the files that define an image, or werf.yaml if that is unknown.
func (r *report) files(image string) string {
	if image != "" {
		if files := r.project.DefinedIn(werfsrc.NamesIn(image)...); len(files) > 0 {
			return strings.Join(files, " or ")
		}
	}
	return "werf.yaml"
}

// subject begins a sentence: "image x" where the image is known, else werf.yaml.
func (r *report) subject() string {
	if image := r.image(); image != "" {
		return "image " + image
	}
	return "werf.yaml"
}

// look is the hint for an error without a known way out.
func (r *report) look() string { return "Look at " + r.files(r.image()) + "." }

func (r *report) unknown() *Error {
	head, _, _ := strings.Cut(r.said, "\n\n") // werf explains itself at length
	said := oneLine(head)
	if r.image() == "" {
		return &Error{Kind: Module, Message: "read werf.yaml: " + said}
	}
	said = strings.TrimRight(said, "!")
	return &Error{Kind: Module, Message: fmt.Sprintf("image %s of werf.yaml: %s", r.image(), said), Hint: r.look()}
}

// shortCommit is the length of a commit's hash in a message.
const shortCommit = 12

// finish names an earlier commit, in which nothing can be corrected, and hides
// what may be secret.
func (r *report) finish(e *Error) *Error {
	if r.commit != "" {
		e.Message = fmt.Sprintf("commit %s: %s", r.commit[:min(shortCommit, len(r.commit))], e.Message)
		e.Hint = "That commit cannot be read as it is: compare with another one, or give it what it needs (a variable, a file that CI downloads)."
	}
	e.Message = hideVariables(oneLine(e.Message), r.project)
	e.Hint = hideVariables(e.Hint, r.project)
	return e
}

// explanation is a row of a table: a pattern of what werf says, and the
// sentence and the way out. The groups of the pattern are the arguments of
// message and hint, in order; special makes them of a report instead.
type explanation struct {
	pattern *regexp.Regexp
	message string
	hint    string
	special func(r *report, groups []string) (message, hint string)
}

// explain returns nil if the row is not about the error.
func (e explanation) explain(r *report) *Error {
	groups := e.pattern.FindStringSubmatch(r.said)
	if groups == nil {
		return nil
	}
	if e.special != nil {
		message, hint := e.special(r, groups)
		return &Error{Kind: Module, Message: message, Hint: hint}
	}
	return &Error{Kind: Module, Message: fill(e.message, groups[1:]), Hint: fill(e.hint, groups[1:])}
}

func fill(format string, groups []string) string {
	if !strings.Contains(format, "%[") {
		return format
	}
	args := make([]any, len(groups))
	for i, g := range groups {
		args[i] = strings.TrimSpace(g)
	}
	return fmt.Sprintf(format, args...)
}
