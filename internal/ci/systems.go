package ci

import (
	"encoding/json"
	"os"
	"strings"
)

// readGitHub reads the default variables of GitHub Actions,
// https://docs.github.com/actions/reference/workflows-and-actions/variables.
func readGitHub(env Env) Run {
	run := Run{Project: projectOf(from(env, "GITHUB_REPOSITORY")), Restricted: isForkEvent(env)}
	if server, id := env("GITHUB_SERVER_URL"), env("GITHUB_RUN_ID"); server != "" && id != "" {
		run.URL = server + "/" + env("GITHUB_REPOSITORY") + "/actions/runs/" + id
	}
	ref := from(env, "GITHUB_REF")
	switch {
	case env("GITHUB_REF_TYPE") == "tag":
		run.Tag = from(env, "GITHUB_REF_NAME")
	case strings.HasPrefix(ref.Value, "refs/pull/"):
		run.PullRequest = Value{PullRequestOf(ref.Value), ref.From}
		run.Branch = from(env, "GITHUB_HEAD_REF")
	default:
		run.Branch = from(env, "GITHUB_REF_NAME")
	}
	return run
}

// isForkEvent reports whether the event is a pull request from another
// repository. pull_request_target runs with the rights of the target.
func isForkEvent(env Env) bool {
	if env("GITHUB_EVENT_NAME") != "pull_request" {
		return false
	}
	data, err := os.ReadFile(env("GITHUB_EVENT_PATH"))
	if err != nil {
		return false
	}
	type repo struct {
		FullName string `json:"full_name"`
	}
	var event struct {
		PullRequest *struct {
			Head struct{ Repo *repo } // null when the fork is deleted
			Base struct{ Repo repo }
		} `json:"pull_request"`
	}
	if json.Unmarshal(data, &event) != nil || event.PullRequest == nil {
		return false
	}
	head, base := event.PullRequest.Head.Repo, event.PullRequest.Base.Repo
	return head == nil || head.FullName != base.FullName
}

// readGitLab reads GitLab's predefined variables,
// https://docs.gitlab.com/ci/variables/predefined_variables/.
func readGitLab(env Env) Run {
	source := env("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
	return Run{
		Tag:         from(env, "CI_COMMIT_TAG"),
		Branch:      from(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"),
		PullRequest: from(env, "CI_MERGE_REQUEST_IID"),
		Project:     projectOf(from(env, "CI_PROJECT_NAME")),
		URL:         env("CI_JOB_URL"),
		// A member of the target project can run the pipeline there, with its
		// rights; otherwise it runs in the fork.
		Restricted: source != "" && source != env("CI_MERGE_REQUEST_PROJECT_PATH") && source == env("CI_PROJECT_PATH"),
	}
}

// readJenkins reads what Jenkins and its Git and branch source plugins set,
// https://www.jenkins.io/doc/book/pipeline/multibranch/.
func readJenkins(env Env) Run {
	branch := from(env, "CHANGE_BRANCH", "BRANCH_NAME", "GIT_LOCAL_BRANCH", "GIT_BRANCH")
	branch.Value = strings.TrimPrefix(branch.Value, "origin/")
	run := Run{
		Tag:         from(env, "TAG_NAME"),
		Branch:      branch,
		PullRequest: from(env, "CHANGE_ID"),
		Project:     projectOf(from(env, "GIT_URL", "GIT_URL_1")),
		URL:         env("BUILD_URL"),
		Restricted:  env("CHANGE_ID") != "" && env("CHANGE_FORK") != "",
	}
	if run.Tag.Value != "" {
		run.Branch = Value{} // BRANCH_NAME is the tag then
	}
	return run
}

// readBuildkite reads https://buildkite.com/docs/pipelines/configure/environment-variables.
func readBuildkite(env Env) Run {
	run := Run{
		Tag:         from(env, "BUILDKITE_TAG"),
		Branch:      from(env, "BUILDKITE_BRANCH"),
		PullRequest: from(env, "BUILDKITE_PULL_REQUEST"),
		Project:     projectOf(from(env, "BUILDKITE_REPO")),
		URL:         env("BUILDKITE_BUILD_URL"),
	}
	if run.PullRequest.Value == "false" {
		run.PullRequest = Value{}
	}
	if run.Tag.Value != "" {
		run.Branch = Value{} // BUILDKITE_BRANCH is the tag then
	}
	return run
}

// readWoodpecker reads https://woodpecker-ci.org/docs/usage/environment.
func readWoodpecker(env Env) Run {
	run := Run{
		Tag:         from(env, "CI_COMMIT_TAG"),
		Branch:      from(env, "CI_COMMIT_SOURCE_BRANCH", "CI_COMMIT_BRANCH"),
		PullRequest: from(env, "CI_COMMIT_PULL_REQUEST"),
		Project:     projectOf(from(env, "CI_REPO_NAME", "CI_REPO")),
		URL:         env("CI_PIPELINE_URL"),
		Restricted:  env("CI_COMMIT_PULL_REQUEST") != "" && env("CI_PIPELINE_FROM_FORK") == "true",
	}
	if run.Tag.Value != "" {
		run.Branch = Value{}
	}
	return run
}
