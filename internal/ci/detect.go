package ci

import (
	"path"
	"regexp"
	"strings"
)

// System is a CI system.
type System string

// The systems that are told apart. Forgejo and Gitea speak GitHub's protocol.
const (
	None       System = "" // not on CI
	GitHub     System = "GitHub Actions"
	Forgejo    System = "Forgejo Actions"
	Gitea      System = "Gitea Actions"
	GitLab     System = "GitLab CI"
	Jenkins    System = "Jenkins"
	TeamCity   System = "TeamCity"
	Buildkite  System = "Buildkite"
	Woodpecker System = "Woodpecker"
	Other      System = "CI" // CI=true, and nothing else is known
)

// Env returns the value of an environment variable, as [os.Getenv] does.
type Env func(name string) string

// Value is a fact about the run and the variable that it comes from.
type Value struct{ Value, From string }

// Run is what a CI system says about the pipeline. Facts that it does not tell
// are empty.
type Run struct {
	System      System
	Tag         Value // git tag that the pipeline runs for
	Branch      Value
	PullRequest Value  // number of the pull request or merge request
	Project     Value  // last part of the repository's path, in lower case
	URL         string // page of the run

	// Restricted is set for a pull request from a fork, which gets neither
	// secrets nor the right to write.
	Restricted bool
}

// DevTag returns the module tag by which module pipelines know the build of a
// pull request, pr12 or, on GitLab, mr12; it is empty for other builds.
func (r Run) DevTag() Value {
	if r.PullRequest.Value == "" {
		return Value{}
	}
	prefix := "pr"
	if strings.HasPrefix(r.PullRequest.From, "CI_MERGE_REQUEST") {
		prefix = "mr"
	}
	return Value{prefix + r.PullRequest.Value, r.PullRequest.From}
}

// Detect returns what the CI system says in the environment. Without a known
// system the variables of GitHub and GitLab are read too: module templates need
// some of them, so people set them on laptops.
func Detect(env Env) Run {
	for _, s := range systems {
		if s.is(env) {
			run := s.read(env)
			run.System = s.system
			return run
		}
	}
	return readLoosely(env)
}

// readLoosely reads the variables of GitHub and GitLab, by which many other
// systems and templates name what they build.
func readLoosely(env Env) Run {
	if run := readGitHub(env); run.Tag.Value != "" || run.Branch.Value != "" || run.PullRequest.Value != "" {
		return run
	}
	return readGitLab(env)
}

// systems lists the systems; the first that recognises the environment wins.
var systems = []struct {
	system System
	is     func(Env) bool
	read   func(Env) Run
}{
	{Forgejo, isTrue("FORGEJO_ACTIONS"), readGitHub}, // it sets GITEA_ACTIONS and GITHUB_ACTIONS as well
	{Gitea, isTrue("GITEA_ACTIONS"), readGitHub},
	{GitHub, isTrue("GITHUB_ACTIONS"), readGitHub},
	{GitLab, isTrue("GITLAB_CI"), readGitLab},
	{Jenkins, isSet("JENKINS_URL"), readJenkins},
	{TeamCity, isSet("TEAMCITY_VERSION"), readTeamCity},
	{Buildkite, isTrue("BUILDKITE"), readBuildkite},
	{Woodpecker, func(env Env) bool { return env("CI") == "woodpecker" }, readWoodpecker},
	{Other, isSet("CI"), readLoosely},
}

func isTrue(name string) func(Env) bool {
	return func(env Env) bool { return env(name) == "true" }
}

func isSet(name string) func(Env) bool {
	return func(env Env) bool { return env(name) != "" && env(name) != "false" }
}

// from returns the first of the variables that is set.
func from(env Env, names ...string) Value {
	for _, name := range names {
		if v := env(name); v != "" {
			return Value{v, name}
		}
	}
	return Value{}
}

// projectOf takes the repository's name from a path or an address.
func projectOf(v Value) Value {
	if v.Value == "" {
		return Value{}
	}
	address := strings.TrimRight(strings.ReplaceAll(v.Value, ":", "/"), "/")
	return Value{strings.ToLower(strings.TrimSuffix(path.Base(address), ".git")), v.From}
}

// pullRequestRef matches the names under which systems check out pull requests:
// refs/pull/12/merge and its shorter forms.
var pullRequestRef = regexp.MustCompile(`^(?:(?:refs/)?(?:pull|pull-requests|merge-requests)/)?(\d+)/(?:merge|head|from)$|^(?:refs/)?(?:pull|pull-requests|merge-requests)/(\d+)$`)

// PullRequestOf returns the number of the pull request that a ref stands for,
// such as 12 for 12/merge, which GitHub calls the name of the ref; it is empty
// for other refs.
func PullRequestOf(ref string) string {
	match := pullRequestRef.FindStringSubmatch(ref)
	if match == nil {
		return ""
	}
	return match[1] + match[2]
}
