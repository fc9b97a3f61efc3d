package ci

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Fold returns the lines that a log viewer folds text between: what stands
// before and after the part with that title.
type Fold func(title string) (before, after string)

// FoldOf returns how the CI system folds logs; nil if it does not.
func FoldOf(system System) Fold {
	switch system {
	case GitHub, Forgejo, Gitea:
		return foldGitHub
	case GitLab:
		return newFoldGitLab(time.Now)
	case TeamCity:
		return foldTeamCity
	case Buildkite:
		return foldBuildkite
	default:
		return nil
	}
}

func foldGitHub(title string) (before, after string) {
	return "::group::" + dataEscaper.Replace(title) + "\n", "::endgroup::\n"
}

var notInSection = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// newFoldGitLab returns a fold whose sections have names of their own: GitLab
// pairs begin and end by them,
// https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections.
func newFoldGitLab(now func() time.Time) Fold {
	return func(title string) (before, after string) {
		name, seconds := "modship_"+notInSection.ReplaceAllString(title, "_"), now().Unix()
		before = fmt.Sprintf("\x1b[0Ksection_start:%d:%s[collapsed=true]\r\x1b[0K%s\n", seconds, name, title)
		return before, fmt.Sprintf("\x1b[0Ksection_end:%d:%s\r\x1b[0K\n", seconds, name)
	}
}

func foldTeamCity(title string) (before, after string) {
	name := teamCityEscaper.Replace(title)
	return "##teamcity[blockOpened name='" + name + "']\n", "##teamcity[blockClosed name='" + name + "']\n"
}

// foldBuildkite begins a group, which lasts until the next begins.
func foldBuildkite(title string) (before, after string) { return "--- " + title + "\n", "" }

// teamCityEscaper escapes values of service messages,
// https://www.jetbrains.com/help/teamcity/service-messages.html#Escaped+Values.
var teamCityEscaper = strings.NewReplacer("|", "||", "'", "|'", "\n", "|n", "\r", "|r", "[", "|[", "]", "|]")
