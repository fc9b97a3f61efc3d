package werferr

import "regexp"

// ofFiles are about the files of the repository: both reading werf.yaml and
// building come to them. Rows are tried in order.
var ofFiles = []explanation{
	{
		pattern: regexp.MustCompile(`(?s)(?:the file|file) "?([^" \n]*base_images\.ya?ml)"?.* not found in the project`),
		message: "%[1]s is missing: werf.yaml takes the base images from it",
		hint:    "Download it as the module's CI does (a step of the workflow or of the GitLab template), and place it at %[1]s.",
	},
	{
		pattern: regexp.MustCompile(`(?s)the file "?([^" \n]+)"? not found in the project (?:directory|git repository)`),
		message: "%[1]s is missing, and werf.yaml reads it",
		hint:    "Create %[1]s and commit it, or remove from werf.yaml what reads it.",
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
		message: "submodule %[1]s differs from the commit: werf builds the commit, not the work tree",
		hint:    "Commit and push the changes in it, or discard them: git submodule update --init %[1]s.",
	},
	{
		// git, fetch-pack.c and promisor-remote.c
		pattern: regexp.MustCompile(`(?s)fatal: ([^\n]+)\n.*could not fetch \S+ from promisor remote`),
		message: "objects are missing in this partial clone, and git cannot fetch them: %[1]s",
		hint:    "Clone without --filter (GitHub: no filter in actions/checkout), or complete this clone: git fetch --refetch --no-filter origin.",
	},
}

// ofConfig are about werf.yaml.
var ofConfig = []explanation{
	{pattern: regexp.MustCompile(`the environment variable "([^"]+)" must be set or default must be provided`), special: explainVariable},
	{pattern: regexp.MustCompile(`env name "?([^" ]+)"? not allowed by giterminism`), special: explainForbidden},
	{
		pattern: regexp.MustCompile(`secret "?([^" ]+)"? is not allowed by giterminism`),
		message: "werf.yaml has the build secret %[1]s, which werf-giterminism.yaml does not allow",
		hint:    "Add it to config.secrets in werf-giterminism.yaml (allowEnvVariables, allowFiles or allowValueIds, by how it is given) and commit it.",
	},
	{
		pattern: regexp.MustCompile(`(?:[^\n]*: )?([^\n:]+?) not allowed by giterminism`),
		message: "werf-giterminism.yaml does not allow what werf.yaml uses: %[1]s",
		hint:    "Allow it in werf-giterminism.yaml and commit it, or remove it from werf.yaml.",
	},
	{
		pattern: regexp.MustCompile(`error calling fail: ([^\n]*(?:[Ee]dition|--env)[^\n]*)`),
		message: "werf.yaml needs an edition: %[1]s",
		hint:    "Give the edition with --env NAME or WERF_ENV, for example --env CE.",
	},
	{pattern: regexp.MustCompile(`error calling (?:fail|required): ([^\n]+)`), special: explainCheck},
	{pattern: regexp.MustCompile(`error calling (?:must)?[fF]romYaml(?:Array)?: (?:[^\n]*yaml: )?([^\n]+)`), special: explainYAMLFile},
	{
		pattern: regexp.MustCompile(`werf requires a git work tree`),
		message: "this is not a git repository: werf builds commits",
		hint:    "Run in a clone of the module's repository, or make one: git init && git add -A && git commit.",
	},
	{
		pattern: regexp.MustCompile(`(?:unable to get git repo head commit|reference not found|ambiguous argument 'HEAD'|unknown revision|Needed a single revision)`),
		message: "the git repository has no commit yet",
		hint:    "Commit the module: git add -A && git commit.",
	},
	{
		pattern: regexp.MustCompile(`(?s)submodules?\b.*?\bfailed\b.*?(?:could not read|unable to access|clone of|Failed to clone|repository) '([^'\n]+)'`),
		message: "a git submodule cannot be fetched: %[1]s",
		hint:    "Check the address in .gitmodules and that this machine may read it; `git submodule update --init --recursive` shows the cause.",
	},
	{
		pattern: regexp.MustCompile(`(?:cannot (?:sync|update)|git) submodules|submodule (?:sync|update) command failed`),
		message: "the git submodules of the repository cannot be used",
		hint:    "Run `git submodule update --init --recursive` to see the cause.",
	},
	{pattern: regexp.MustCompile("unknown fields?: `(.+)`!"), special: explainField},
	{pattern: regexp.MustCompile("`from: DOCKER_IMAGE`.* required!"), special: explainNoBase},
	{pattern: regexp.MustCompile("unable to load build secrets: (.+)"), special: explainSecret},
	{pattern: regexp.MustCompile(`(?s)^(?:yaml: )?(?:unmarshal errors:\s*)?(?:yaml: )?(line \d+: .+)`), special: explainYAML},
	{pattern: regexp.MustCompile(`image "([^"]*<no value>[^"]*)" not found`), special: explainNoValue},
	{pattern: regexp.MustCompile(`image="([^"]+)" platform="[^"]+" requires (?:dependency|import) image="([^"]+)" platform="([^"]+)"`), special: explainPlatform},
	{pattern: regexp.MustCompile(`conflict between images names!`), special: explainConflict},
	{pattern: regexp.MustCompile(`image "([^"]+)" not found!`), special: explainUnknownImage},
	{pattern: regexp.MustCompile(`infinite loop detected: ([^\n]+)`), special: explainCircle},
	{
		pattern: regexp.MustCompile(`no image matches? (?:the )?(?:name |pattern )?"?([^"\n]+?)"?(?: found| in)?$`),
		message: "werf.yaml defines no image %[1]q",
		hint:    "`modship graph --all` lists the images.",
	},
	{pattern: regexp.MustCompile(`unable to render werf config: (?:[^\n]*(?:error calling [^\s:]+|>): )?([^\n]+)`), special: explainTemplate},
}
