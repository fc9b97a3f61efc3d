package ci

import "strings"

// WerfVariables returns the WERF_* variables that `werf ci-env` sets for the CI
// system and that are not set yet (delivery-kit v2.69, cmd/werf/ci_env).
//
// Three are left out: WERF_REPO, because the module's source and name decide
// it, and the two for Docker's configuration, because each run makes its own.
func WerfVariables(env Env) []Value {
	run := Detect(env)
	var list []Value
	switch run.System {
	case GitHub, Forgejo, Gitea:
		list = githubVariables(env, run)
	case GitLab:
		list = gitlabVariables(env)
	default:
		return nil
	}
	if channel := env("TRDL_USE_WERF_GROUP_CHANNEL"); channel != "" {
		list = append(list, Value{"werf.io/release-channel=" + channel, "WERF_ADD_ANNOTATION_WERF_RELEASE_CHANNEL"})
	}
	list = append(list,
		Value{"on", "WERF_LOG_COLOR_MODE"}, Value{"1", "WERF_LOG_PROJECT_DIR"},
		Value{"1", "WERF_ENABLE_PROCESS_EXTERMINATOR"}, Value{"130", "WERF_LOG_TERMINAL_WIDTH"},
	)
	var unset []Value
	for _, v := range list {
		if v.Value != "" && (env(v.From) == "" || strings.HasPrefix(v.From, "WERF_ADD_ANNOTATION_")) {
			unset = append(unset, v)
		}
	}
	return unset
}

func githubVariables(env Env, run Run) []Value {
	list := []Value{{env("GITHUB_TOKEN"), "WERF_REPO_GITHUB_TOKEN"}}
	annotate := annotations(&list)
	repository := env("GITHUB_REPOSITORY")
	if repository != "" {
		annotate("PROJECT_GIT", "project.werf.io/git=https://github.com/", repository)
		if id := env("GITHUB_RUN_ID"); id != "" {
			annotate("GITHUB_ACTIONS_RUN_URL", "github.ci.werf.io/workflow-run-url=https://github.com/"+repository+"/actions/runs/", id)
		}
	}
	annotate("CI_COMMIT", "ci.werf.io/commit=", env("GITHUB_SHA"))
	annotate("CI_GIT_TAG", "ci.werf.io/tag=", run.Tag.Value)
	return list
}

func gitlabVariables(env Env) []Value {
	list := []Value{{env("CI_ENVIRONMENT_SLUG"), "WERF_ENV"}}
	if inGitLabRegistry(env) {
		list = append(list, Value{"gitlab", "WERF_REPO_CONTAINER_REGISTRY"})
	}
	annotate := annotations(&list)
	annotate("PROJECT_GIT", "project.werf.io/git=", env("CI_PROJECT_URL"))
	annotate("CI_COMMIT", "ci.werf.io/commit=", env("CI_COMMIT_SHA"))
	annotate("CI_GIT_TAG", "ci.werf.io/tag=", env("CI_COMMIT_TAG"))
	annotate("GITLAB_CI_PIPELINE_URL", "gitlab.ci.werf.io/pipeline-url=", env("CI_PIPELINE_URL"))
	annotate("GITLAB_CI_JOB_URL", "gitlab.ci.werf.io/job-url=", env("CI_JOB_URL"))
	return list
}

// inGitLabRegistry reports whether the module is published to the registry of
// the GitLab that runs the job.
func inGitLabRegistry(env Env) bool {
	registry := env("CI_REGISTRY")
	target := from(env, "WERF_REPO", "MODULES_MODULE_SOURCE").Value
	return env("CI_REGISTRY_IMAGE") != "" && registry != "" && strings.HasPrefix(target, registry)
}

func annotations(list *[]Value) func(name, prefix, value string) {
	return func(name, prefix, value string) {
		if value != "" {
			*list = append(*list, Value{prefix + value, "WERF_ADD_ANNOTATION_" + name})
		}
	}
}
