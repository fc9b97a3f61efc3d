package ci

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// envOf returns an environment of NAME=value words.
func envOf(words string) Env {
	vars := map[string]string{}
	for word := range strings.FieldsSeq(words) {
		name, value, _ := strings.Cut(word, "=")
		vars[name] = value
	}
	return func(name string) string { return vars[name] }
}

func writeTemp(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDetect(t *testing.T) {
	event := func(head, base string) string {
		return writeTemp(t, `{"pull_request": {"head": {"repo": `+head+`}, "base": {"repo": {"full_name": "`+base+`"}}}}`)
	}
	for _, tt := range []struct {
		name, env string
		want      Run
		devTag    string
	}{
		{name: "no CI"},
		{name: "unknown CI", env: "CI=true", want: Run{System: Other}},
		{name: "CI is off", env: "CI=false"},
		{name: "unknown CI with a tag", env: "CI=true CI_COMMIT_TAG=v1.0.0", want: Run{System: Other, Tag: Value{"v1.0.0", "CI_COMMIT_TAG"}}},
		{
			name: "GitHub, branch",
			env:  "CI=true GITHUB_ACTIONS=true GITHUB_REF=refs/heads/main GITHUB_REF_NAME=main GITHUB_REF_TYPE=branch GITHUB_REPOSITORY=Acme/Echo GITHUB_SERVER_URL=https://github.com GITHUB_RUN_ID=7",
			want: Run{
				System: GitHub, Branch: Value{"main", "GITHUB_REF_NAME"}, Project: Value{"echo", "GITHUB_REPOSITORY"},
				URL: "https://github.com/Acme/Echo/actions/runs/7",
			},
		},
		{
			name: "GitHub, tag", env: "GITHUB_ACTIONS=true GITHUB_REF=refs/tags/v1.0.0 GITHUB_REF_NAME=v1.0.0 GITHUB_REF_TYPE=tag",
			want: Run{System: GitHub, Tag: Value{"v1.0.0", "GITHUB_REF_NAME"}},
		},
		{
			name:   "GitHub, pull request",
			env:    "GITHUB_ACTIONS=true GITHUB_REF=refs/pull/12/merge GITHUB_REF_NAME=12/merge GITHUB_REF_TYPE=branch GITHUB_HEAD_REF=fix GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH=" + event(`{"full_name": "acme/echo"}`, "acme/echo"),
			want:   Run{System: GitHub, PullRequest: Value{"12", "GITHUB_REF"}, Branch: Value{"fix", "GITHUB_HEAD_REF"}},
			devTag: "pr12",
		},
		{
			name:   "GitHub, pull request from a fork",
			env:    "GITHUB_ACTIONS=true GITHUB_REF=refs/pull/12/merge GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH=" + event(`{"full_name": "guest/echo"}`, "acme/echo"),
			want:   Run{System: GitHub, PullRequest: Value{"12", "GITHUB_REF"}, Restricted: true},
			devTag: "pr12",
		},
		{
			name:   "GitHub, pull request from a deleted fork",
			env:    "GITHUB_ACTIONS=true GITHUB_REF=refs/pull/12/merge GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH=" + event(`null`, "acme/echo"),
			want:   Run{System: GitHub, PullRequest: Value{"12", "GITHUB_REF"}, Restricted: true},
			devTag: "pr12",
		},
		{
			name: "GitHub, pull_request_target has the rights of the target",
			env:  "GITHUB_ACTIONS=true GITHUB_REF=refs/heads/main GITHUB_REF_NAME=main GITHUB_EVENT_NAME=pull_request_target GITHUB_EVENT_PATH=" + event(`{"full_name": "guest/echo"}`, "acme/echo"),
			want: Run{System: GitHub, Branch: Value{"main", "GITHUB_REF_NAME"}},
		},
		{
			name: "Forgejo", env: "GITHUB_ACTIONS=true GITEA_ACTIONS=true FORGEJO_ACTIONS=true GITHUB_REF_NAME=v1 GITHUB_REF_TYPE=tag",
			want: Run{System: Forgejo, Tag: Value{"v1", "GITHUB_REF_NAME"}},
		},
		{
			name: "Gitea, pull request", env: "GITHUB_ACTIONS=true GITEA_ACTIONS=true GITHUB_REF=refs/pull/3/head",
			want: Run{System: Gitea, PullRequest: Value{"3", "GITHUB_REF"}}, devTag: "pr3",
		},
		{
			name: "GitLab, merge request",
			env:  "GITLAB_CI=true CI_MERGE_REQUEST_IID=4 CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=fix CI_COMMIT_REF_NAME=fix CI_PROJECT_NAME=echo CI_JOB_URL=https://gl/j/1 CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=a/echo CI_MERGE_REQUEST_PROJECT_PATH=a/echo CI_PROJECT_PATH=a/echo",
			want: Run{
				System: GitLab, PullRequest: Value{"4", "CI_MERGE_REQUEST_IID"}, Branch: Value{"fix", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"},
				Project: Value{"echo", "CI_PROJECT_NAME"}, URL: "https://gl/j/1",
			},
			devTag: "mr4",
		},
		{
			name:   "GitLab, merge request in a fork",
			env:    "GITLAB_CI=true CI_MERGE_REQUEST_IID=4 CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=guest/echo CI_MERGE_REQUEST_PROJECT_PATH=a/echo CI_PROJECT_PATH=guest/echo",
			want:   Run{System: GitLab, PullRequest: Value{"4", "CI_MERGE_REQUEST_IID"}, Restricted: true},
			devTag: "mr4",
		},
		{
			name:   "GitLab, fork's merge request that a member runs",
			env:    "GITLAB_CI=true CI_MERGE_REQUEST_IID=4 CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=guest/echo CI_MERGE_REQUEST_PROJECT_PATH=a/echo CI_PROJECT_PATH=a/echo",
			want:   Run{System: GitLab, PullRequest: Value{"4", "CI_MERGE_REQUEST_IID"}},
			devTag: "mr4",
		},
		{
			name: "Jenkins, branch", env: "JENKINS_URL=https://j/ GIT_BRANCH=origin/main GIT_URL=git@h:acme/Echo.git BUILD_URL=https://j/1",
			want: Run{System: Jenkins, Branch: Value{"main", "GIT_BRANCH"}, Project: Value{"echo", "GIT_URL"}, URL: "https://j/1"},
		},
		{
			name: "Jenkins, tag", env: "JENKINS_URL=https://j/ BRANCH_NAME=v1.0.0 TAG_NAME=v1.0.0",
			want: Run{System: Jenkins, Tag: Value{"v1.0.0", "TAG_NAME"}},
		},
		{
			name: "Jenkins, pull request from a fork", env: "JENKINS_URL=https://j/ BRANCH_NAME=PR-5 CHANGE_ID=5 CHANGE_BRANCH=fix CHANGE_FORK=guest",
			want:   Run{System: Jenkins, PullRequest: Value{"5", "CHANGE_ID"}, Branch: Value{"fix", "CHANGE_BRANCH"}, Restricted: true},
			devTag: "pr5",
		},
		{
			name: "Buildkite, branch", env: "BUILDKITE=true BUILDKITE_BRANCH=main BUILDKITE_PULL_REQUEST=false BUILDKITE_REPO=https://h/acme/echo.git BUILDKITE_BUILD_URL=https://b/1",
			want: Run{System: Buildkite, Branch: Value{"main", "BUILDKITE_BRANCH"}, Project: Value{"echo", "BUILDKITE_REPO"}, URL: "https://b/1"},
		},
		{
			name: "Buildkite, tag", env: "BUILDKITE=true BUILDKITE_BRANCH=v1.0.0 BUILDKITE_TAG=v1.0.0 BUILDKITE_PULL_REQUEST=false",
			want: Run{System: Buildkite, Tag: Value{"v1.0.0", "BUILDKITE_TAG"}},
		},
		{
			name: "Buildkite, pull request", env: "BUILDKITE=true BUILDKITE_BRANCH=fix BUILDKITE_PULL_REQUEST=6",
			want:   Run{System: Buildkite, PullRequest: Value{"6", "BUILDKITE_PULL_REQUEST"}, Branch: Value{"fix", "BUILDKITE_BRANCH"}},
			devTag: "pr6",
		},
		{
			name: "Woodpecker, tag", env: "CI=woodpecker CI_COMMIT_TAG=v1.0.0 CI_COMMIT_BRANCH=main CI_REPO_NAME=echo CI_PIPELINE_URL=https://w/1",
			want: Run{System: Woodpecker, Tag: Value{"v1.0.0", "CI_COMMIT_TAG"}, Project: Value{"echo", "CI_REPO_NAME"}, URL: "https://w/1"},
		},
		{
			name: "Woodpecker, pull request from a fork", env: "CI=woodpecker CI_COMMIT_PULL_REQUEST=7 CI_COMMIT_BRANCH=main CI_COMMIT_SOURCE_BRANCH=fix CI_PIPELINE_FROM_FORK=true",
			want:   Run{System: Woodpecker, PullRequest: Value{"7", "CI_COMMIT_PULL_REQUEST"}, Branch: Value{"fix", "CI_COMMIT_SOURCE_BRANCH"}, Restricted: true},
			devTag: "pr7",
		},
		{
			name: "variables of a template on a laptop", env: "CI_COMMIT_REF_NAME=main",
			want: Run{Branch: Value{"main", "CI_COMMIT_REF_NAME"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Detect(envOf(tt.env))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if got.DevTag().Value != tt.devTag {
				t.Errorf("dev tag %q, want %q", got.DevTag().Value, tt.devTag)
			}
		})
	}
}

func TestTeamCity(t *testing.T) {
	for _, tt := range []struct {
		name, parameters string
		want             Run
	}{
		{
			"branch", "teamcity.build.branch=feature/x\nvcsroot.url=https\\://h/acme/Echo.git\n",
			Run{Branch: Value{"feature/x", "teamcity.build.branch"}, Project: Value{"echo", "vcsroot.url"}},
		},
		{"default branch", "teamcity.build.branch=<default>\n", Run{}},
		{"tag", "teamcity.build.branch=refs/tags/v1.0.0\n", Run{Tag: Value{"v1.0.0", "teamcity.build.branch"}}},
		{
			"pull request", "# comment\nteamcity.build.branch=pull/12\n",
			Run{Branch: Value{"pull/12", "teamcity.build.branch"}, PullRequest: Value{"12", "teamcity.build.branch"}},
		},
		{
			"pull request, by the build feature", "teamcity.build.branch=fix\nteamcity.pullRequest.number=13\n",
			Run{Branch: Value{"fix", "teamcity.build.branch"}, PullRequest: Value{"13", "teamcity.pullRequest.number"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parameters := writeTemp(t, tt.parameters)
			system := writeTemp(t, "teamcity.version=2025\nteamcity.configuration.properties.file="+strings.ReplaceAll(parameters, ":", "\\:")+"\n")
			got := Detect(envOf("TEAMCITY_VERSION=2025 BUILD_URL=https://t/1 TEAMCITY_BUILD_PROPERTIES_FILE=" + system))
			tt.want.System, tt.want.URL = TeamCity, "https://t/1"
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := Detect(envOf("TEAMCITY_VERSION=2025 TEAMCITY_BUILD_PROPERTIES_FILE=/nowhere")); got != (Run{System: TeamCity}) {
		t.Errorf("without the file: %+v", got)
	}
}

func TestPullRequestOf(t *testing.T) {
	for ref, want := range map[string]string{
		"12/merge": "12", "12/head": "12", "refs/pull/12/merge": "12", "pull/12": "12", "pull/12/head": "12",
		"refs/merge-requests/4/head": "4", "refs/pull-requests/9/from": "9",
		"main": "", "12": "", "v1.2.3": "", "feature/12": "", "12/merge/x": "", "x12/merge": "",
	} {
		if got := PullRequestOf(ref); got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
}
