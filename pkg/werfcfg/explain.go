package werfcfg

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/modship/modship/pkg/exit"
)

// explanation turns one of werf's errors into a sentence and a way out. The
// groups of the pattern are the arguments of message and hint, in order.
type explanation struct {
	pattern *regexp.Regexp
	message string
	hint    string
}

// explanations are tried in order against the whole error text.
var explanations = []explanation{
	{
		regexp.MustCompile(`(?s)the environment variable "([^"]+)" must be set or default must be provided`),
		"the environment variable %[1]s is not set, and werf.yaml needs it",
		"Set %[1]s (CI sets it), or give it a default in the template: env %[1]q \"\".",
	},
	{
		regexp.MustCompile(`(?s)env name "?([^" ]+)"? not allowed by giterminism`),
		"werf.yaml reads the environment variable %[1]s, which werf-giterminism.yaml does not allow",
		"Add %[1]s to config.goTemplateRendering.allowEnvVariables in werf-giterminism.yaml and commit it.",
	},
	{
		regexp.MustCompile(`(?s)(?:the file|file) "?([^" \n]*base_images\.ya?ml)"?.* not found in the project`),
		"%[1]s is missing: werf.yaml takes the base images from it",
		"Download it as the module's CI does (a step of the workflow or of the GitLab template), and place it at %[1]s.",
	},
	{
		regexp.MustCompile(`(?s)the file "?([^" \n]+)"? not found in the project (?:directory|git repository)`),
		"%[1]s is missing, and werf.yaml reads it",
		"Create %[1]s and commit it, or take the reading of it out of werf.yaml.",
	},
	{
		regexp.MustCompile(`(?s)the untracked file "?([^" \n]+)"? must be committed`),
		"%[1]s is not committed: werf builds the commit, not the work tree",
		"Commit %[1]s, or build with --dev (or --loose-giterminism) while you work on it.",
	},
	{
		regexp.MustCompile(`(?s)the file "?([^" \n]+)"? must be committed`),
		"%[1]s has changes that are not committed: werf builds the commit, not the work tree",
		"Commit %[1]s, or build with --dev (or --loose-giterminism) while you work on it.",
	},
	{
		regexp.MustCompile(`error calling fail: ([^\n]*(?:[Ee]dition|--env)[^\n]*)`),
		"werf.yaml needs an edition: %[1]s",
		"Give the edition with --env NAME or WERF_ENV, for example --env CE.",
	},
	{
		regexp.MustCompile(`error calling fail: ([^\n]+)`),
		"werf.yaml refuses what it was given: %[1]s",
		"The check is the module's own: look for its text in werf.yaml and .werf.",
	},
	{
		regexp.MustCompile(`(?s)werf requires a git work tree`),
		"this is not a git repository: werf builds commits",
		"Run in a clone of the module's repository, or make one: git init && git add -A && git commit.",
	},
	{
		regexp.MustCompile(`(?s)(?:unable to get git repo head commit|reference not found|ambiguous argument 'HEAD'|unknown revision|Needed a single revision)`),
		"the git repository has no commit yet",
		"Commit the module: git add -A && git commit.",
	},
	{
		regexp.MustCompile(`(?s)submodule.*?(?:fatal: )?(?:could not read|unable to access|clone of|Failed to clone|repository) '?([^'\n ]+)'?`),
		"a git submodule cannot be fetched: %[1]s",
		"Check the address in .gitmodules and that this machine may read it; `git submodule update --init --recursive` shows the cause.",
	},
	{
		regexp.MustCompile(`(?s)submodule`),
		"the git submodules of the repository cannot be used",
		"Run `git submodule update --init --recursive` to see the cause.",
	},
	{
		regexp.MustCompile(`(?s)unknown fields?: ?"?([^"\n]+?)"?[!\n]`),
		"werf.yaml has a field that this version of werf does not know: %[1]s",
		"Remove the field or correct its spelling.",
	},
	{
		regexp.MustCompile("(?s)`from: DOCKER_IMAGE`.* required!.*?\\bimage: +([^\\s]+)"),
		"image %[1]s of werf.yaml is made from nothing: from is missing",
		"Add from: to it, with a reference, the name of another image, or scratch.",
	},
	{
		regexp.MustCompile(`yaml: (line \d+: [^\n]+)`),
		"werf.yaml is no valid YAML once it is rendered: %[1]s",
		"The line is of the rendered text, which `werf config render` shows.",
	},
	{
		regexp.MustCompile(`(?s)image "([^"]*<no value>[^"]*)" not found`),
		"werf.yaml imports from an image named %[1]q: a key that a template looks up is missing",
		"Look for a misspelt key of the base images (index $.Images \"name\") in the template that imports it.",
	},
	{
		regexp.MustCompile(`(?s)image "([^"]+)" not found!`),
		"werf.yaml uses an image %[1]q that it does not define",
		"Correct the name, or write a registry reference with a tag or digest for an image from outside.",
	},
	{
		regexp.MustCompile(`(?s)infinite loop detected: ([^\n]+)`),
		"images of werf.yaml need each other in a circle: %[1]s",
		"Take one of the imports or dependencies out.",
	},
	{
		regexp.MustCompile(`(?s)no image matches? (?:the )?(?:name |pattern )?"?([^"\n]+?)"?(?: found| in)?$`),
		"werf.yaml defines no image %[1]q",
		"`modship graph --all` lists the images.",
	},
}

// explain makes an error of werf's configuration reading one that a person can
// act on. What no explanation fits keeps werf's text, cut to its last sentence
// before a dump of the rendered configuration, which may hold secrets.
func explain(err error) error {
	text := err.Error()
	for _, e := range explanations {
		groups := e.pattern.FindStringSubmatch(text)
		if groups == nil {
			continue
		}
		return exit.With(exit.Failed, errors.New(fill(e.message, groups[1:])), fill(e.hint, groups[1:]))
	}
	return exit.With(exit.Failed, fmt.Errorf("read werf.yaml: %s", withoutDump(text)), "")
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

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// withoutDump cuts werf's error before the excerpt of the rendered
// configuration that it appends, and strips colours.
func withoutDump(text string) string {
	text = ansi.ReplaceAllString(text, "")
	head, _, _ := strings.Cut(text, "\n\n")
	return strings.Join(strings.Fields(head), " ")
}
