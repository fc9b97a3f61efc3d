package ci

import (
	"errors"
	"io"
)

// Report is the outcome of a command, for the CI system and its readers. Parts
// that a command does not have are empty.
type Report struct {
	Command    string // such as publish
	Module     string
	Tag        string
	Repository string
	Writes     []Write
	Images     []Image
	Findings   []Finding
	Dir        string // of the module: where the files of findings are
	Graph      string // of the module, in Mermaid's language
	Spans      []Span // when the images were built
	Err        error  // what the command failed with, or nil
	Hint       string // what to do about Err
}

// Write is a tag that was written, or would be.
type Write struct {
	Ref     string
	Digest  string
	Action  string // create, move, keep, …
	Reason  string
	Done    bool
	Channel string // the release channel that the tag stands for, or ""
	Role    Role
}

// Role says what a written tag is in its module.
type Role string

// The roles that outputs name.
const (
	Bundle  Role = "bundle"
	Release Role = "release"
)

// Image is one image of a build.
type Image struct {
	Name, Ref, Digest string
	Rebuilt, Final    bool
	Seconds           float64
	Reason            string // why it is rebuilt, or ""
}

// Finding is a broken rule, or an error with a place.
type Finding struct {
	Title   string // such as "rule 12"
	Message string
	Fix     string
	Where   string // reference or file
	File    string // path below the module's directory, or "" if it is not about a file
	Line    int    // 0 if unknown
	Level   Level
}

// Level says how serious a finding is.
type Level string

// The levels, as GitHub's annotations call them.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Notice  Level = "notice"
)

// Span is the time in which an image was built, in seconds from the start.
type Span struct {
	Name       string
	Start, End float64
	Critical   bool // on the critical path
	Failed     bool
}

// Changed reports whether anything was built or written.
func (r Report) Changed() bool {
	for _, image := range r.Images {
		if image.Rebuilt {
			return true
		}
	}
	for _, write := range r.Writes {
		if write.Done && write.Action != "keep" {
			return true
		}
	}
	return false
}

// Reporter tells a CI system about outcomes. Where it writes is decided by the
// variables of the environment, see [NewReporter].
type Reporter struct {
	system  System
	log     io.Writer
	root    string // directory of the repository
	outputs string // GITHUB_OUTPUT
	summary string // GITHUB_STEP_SUMMARY, or MODSHIP_SUMMARY anywhere
	dotenv  string // MODSHIP_DOTENV
	quality string // MODSHIP_CODE_QUALITY
}

// The variables that ask for files, on every CI system and without one.
const (
	EnvSummary     = "MODSHIP_SUMMARY"      // Markdown, appended to
	EnvDotenv      = "MODSHIP_DOTENV"       // NAME=value lines
	EnvCodeQuality = "MODSHIP_CODE_QUALITY" // GitLab's code quality report
)

// NewReporter returns a reporter for the CI system of the environment, which
// reads commands for it in log.
func NewReporter(env Env, log io.Writer) *Reporter {
	r := &Reporter{
		system: Detect(env).System, log: log, root: from(env, "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "WORKSPACE", "CI_WORKSPACE").Value,
		summary: env(EnvSummary), dotenv: env(EnvDotenv), quality: env(EnvCodeQuality),
	}
	if r.speaksGitHub() {
		r.outputs = env("GITHUB_OUTPUT")
		if r.summary == "" {
			r.summary = env("GITHUB_STEP_SUMMARY")
		}
	}
	return r
}

func (r *Reporter) speaksGitHub() bool {
	return r.system == GitHub || r.system == Forgejo || r.system == Gitea
}

// Fold returns how the CI system folds logs; nil if it does not.
func (r *Reporter) Fold() Fold { return FoldOf(r.system) }

// Enabled reports whether anybody is told anything.
func (r *Reporter) Enabled() bool {
	return r.speaksGitHub() || r.system == TeamCity || r.summary != "" || r.dotenv != "" || r.quality != ""
}

// Report tells the CI system about an outcome.
func (r *Reporter) Report(report Report) error {
	found := r.findings(report)
	switch {
	case r.speaksGitHub():
		annotate(r.log, found)
	case r.system == TeamCity:
		serviceMessages(r.log, found, report)
	}
	outputs := r.outputs
	if report.Module == "" {
		outputs = "" // it failed before anything was known
	}
	return errors.Join(
		writeFile("outputs", outputs, true, func(w io.Writer) error { return writeOutputs(w, report) }),
		writeFile("summary", r.summary, true, func(w io.Writer) error { return writeSummary(w, report) }),
		writeFile("dotenv report", r.dotenv, false, func(w io.Writer) error { return writeDotenv(w, report) }),
		writeFile("code quality report", r.quality, false, func(w io.Writer) error { return writeCodeQuality(w, found) }),
	)
}
