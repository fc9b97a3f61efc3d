package werfcfg

import "regexp"

// explanation turns one of werf's errors into a sentence and a way out. The
// groups of the pattern are the arguments of message and hint, in order.
type explanation struct {
	pattern *regexp.Regexp
	message string
	hint    string
	special special // in place of message and hint
}

// special makes the sentence and the way out of werf's text, the groups of the
// pattern and the module's templates.
type special func(text string, groups []string, from templates) (message, hint string)

// ofFiles are about the files of the repository: both reading werf.yaml and
// building come to them. Explanations are tried in order against the whole text.
var ofFiles = []explanation{
	{
		pattern: regexp.MustCompile(`(?s)(?:the file|file) "?([^" \n]*base_images\.ya?ml)"?.* not found in the project`),
		message: "%[1]s is missing: werf.yaml takes the base images from it",
		hint:    "Download it as the module's CI does (a step of the workflow or of the GitLab template), and place it at %[1]s.",
	},
	{
		pattern: regexp.MustCompile(`(?s)the file "?([^" \n]+)"? not found in the project (?:directory|git repository)`),
		message: "%[1]s is missing, and werf.yaml reads it",
		hint:    "Create %[1]s and commit it, or take the reading of it out of werf.yaml.",
	},
	{pattern: regexp.MustCompile(`(?s)the following untracked files must be committed:\s+(- .*)`), special: explainListed(false)},
	{pattern: regexp.MustCompile(`(?s)the following files must be committed:\s+(- .*)`), special: explainListed(true)},
	{
		pattern: regexp.MustCompile(`(?s)the untracked file "?([^" \n]+)"? must be committed`),
		message: "%[1]s is not committed: werf builds the commit, not the work tree",
		hint:    "Commit %[1]s, or build with --dev (or --loose-giterminism) while you work on it.",
	},
	{
		pattern: regexp.MustCompile(`(?s)the file "?([^" \n]+)"? must be committed`),
		message: "%[1]s has changes that are not committed: werf builds the commit, not the work tree",
		hint:    "Commit %[1]s, or build with --dev (or --loose-giterminism) while you work on it.",
	},
	{
		pattern: regexp.MustCompile(`the (?:added |deleted )?submodule "([^"]+)" (?:has|is|must)`),
		message: "submodule %[1]s is not what the commit has: werf builds the commit, not the work tree",
		hint:    "Commit and push what is changed in it, or discard it: git submodule update --init %[1]s.",
	},
}

// ofConfig are about werf.yaml.
var ofConfig = []explanation{
	{
		pattern: regexp.MustCompile(`(?s)the environment variable "([^"]+)" must be set or default must be provided`),
		message: "the environment variable %[1]s is not set, and werf.yaml needs it",
		hint:    "Set %[1]s (CI sets it), or give it a default in the template: env %[1]q \"\".",
	},
	{
		pattern: regexp.MustCompile(`(?s)env name "?([^" ]+)"? not allowed by giterminism`),
		message: "werf.yaml reads the environment variable %[1]s, which werf-giterminism.yaml does not allow",
		hint:    "Add %[1]s to config.goTemplateRendering.allowEnvVariables in werf-giterminism.yaml and commit it.",
	},
	{
		pattern: regexp.MustCompile(`error calling fail: ([^\n]*(?:[Ee]dition|--env)[^\n]*)`),
		message: "werf.yaml needs an edition: %[1]s",
		hint:    "Give the edition with --env NAME or WERF_ENV, for example --env CE.",
	},
	{pattern: regexp.MustCompile(`error calling (?:fail|required): ([^\n]+)`), special: explainCheck},
	{pattern: regexp.MustCompile(`error calling (?:must)?[fF]romYaml(?:Array)?: (?:[^\n]*yaml: )?([^\n]+)`), special: explainYAML},
	{
		pattern: regexp.MustCompile(`(?s)werf requires a git work tree`),
		message: "this is not a git repository: werf builds commits",
		hint:    "Run in a clone of the module's repository, or make one: git init && git add -A && git commit.",
	},
	{
		pattern: regexp.MustCompile(`(?s)(?:unable to get git repo head commit|reference not found|ambiguous argument 'HEAD'|unknown revision|Needed a single revision)`),
		message: "the git repository has no commit yet",
		hint:    "Commit the module: git add -A && git commit.",
	},
	{
		pattern: regexp.MustCompile(`(?s)submodule.*?(?:fatal: )?(?:could not read|unable to access|clone of|Failed to clone|repository) '?([^'\n ]+)'?`),
		message: "a git submodule cannot be fetched: %[1]s",
		hint:    "Check the address in .gitmodules and that this machine may read it; `git submodule update --init --recursive` shows the cause.",
	},
	{
		pattern: regexp.MustCompile(`(?s)submodule`),
		message: "the git submodules of the repository cannot be used",
		hint:    "Run `git submodule update --init --recursive` to see the cause.",
	},
	{
		pattern: regexp.MustCompile(`(?s)unknown fields?: ?"?([^"\n]+?)"?[!\n]`),
		message: "werf.yaml has a field that this version of werf does not know: %[1]s",
		hint:    "Remove the field or correct its spelling.",
	},
	{
		pattern: regexp.MustCompile("(?s)`from: DOCKER_IMAGE`.* required!.*?\\bimage: +([^\\s]+)"),
		message: "image %[1]s of werf.yaml is made from nothing: from is missing",
		hint:    "Add from: to it, with a reference, the name of another image, or scratch.",
	},
	{
		pattern: regexp.MustCompile(`yaml: (line \d+: [^\n]+)`),
		message: "werf.yaml is no valid YAML once it is rendered: %[1]s",
		hint:    "The line is of the rendered text, which `werf config render` shows.",
	},
	{pattern: regexp.MustCompile(`(?s)image "([^"]*<no value>[^"]*)" not found`), special: explainNoValue},
	{pattern: regexp.MustCompile(`conflict between images names!`), special: explainConflict},
	{
		pattern: regexp.MustCompile(`(?s)image "([^"]+)" not found!`),
		message: "werf.yaml uses an image %[1]q that it does not define",
		hint:    "Correct the name, or write a registry reference with a tag or digest for an image from outside.",
	},
	{pattern: regexp.MustCompile(`infinite loop detected: ([^\n]+)`), special: explainCircle},
	{
		pattern: regexp.MustCompile(`(?s)no image matches? (?:the )?(?:name |pattern )?"?([^"\n]+?)"?(?: found| in)?$`),
		message: "werf.yaml defines no image %[1]q",
		hint:    "`modship graph --all` lists the images.",
	},
	{pattern: regexp.MustCompile(`unable to render werf config: (?:[^\n]*(?:error calling [^\s:]+|>): )?([^\n]+)`), special: explainTemplate},
}
