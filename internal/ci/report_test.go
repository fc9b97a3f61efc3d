package ci

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sample() Report {
	return Report{
		Command: "publish", Module: "echo", Tag: "v1.2.3", Repository: "r.example.com/m/echo",
		Writes: []Write{
			{Ref: "r.example.com/m/echo/release:v1.2.3", Digest: "sha256:aa", Action: "create", Done: true, Role: Release},
			{Ref: "r.example.com/m/echo:v1.2.3", Digest: "sha256:bb", Action: "create", Done: true, Role: Bundle},
			{Ref: "r.example.com/m/echo/release:alpha", Digest: "sha256:aa", Action: "move", Reason: "from v1.2.2", Done: true, Channel: "alpha"},
		},
		Images: []Image{
			{Name: "bundle", Digest: "sha256:bb", Rebuilt: true, Final: true, Seconds: 2.04, Reason: "at stage setup: a|b <c>"},
			{Name: "lib", Digest: "sha256:cc"},
			{Name: "app", Digest: "sha256:dd", Final: true},
		},
		Findings: []Finding{
			{Title: "rule 7", Message: "weight 950: expected 1–899", Fix: "Choose another.", Where: "module.yaml", File: "module.yaml", Line: 3, Level: Warning},
		},
		Graph: "flowchart LR\n  n0 -->|from| n1\n",
		Spans: []Span{{Name: "lib:x", Start: 0, End: 1.5}, {Name: "bundle", Start: 1.5, End: 3.54, Critical: true}},
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s:\n%s", name, diff)
	}
}

// TestReport writes everything that a report makes on GitHub and GitLab.
func TestReport(t *testing.T) {
	failed := sample()
	failed.Writes[1].Done, failed.Writes[2].Done = false, false
	failed.Err, failed.Hint = errors.New("build: werf.yaml:12: no image <x>\nsecond line"), "Define it."
	for name, report := range map[string]Report{"done": sample(), "failed": failed} {
		dir, repository := t.TempDir(), t.TempDir()
		report.Dir = filepath.Join(repository, "module")
		for _, file := range []string{"module.yaml", "werf.yaml"} {
			if err := errors.Join(os.MkdirAll(report.Dir, 0o755), os.WriteFile(filepath.Join(report.Dir, file), nil, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		file := func(name string) string { return filepath.Join(dir, name) }
		env := envOf(fmt.Sprintf("GITHUB_ACTIONS=true GITHUB_WORKSPACE=%s GITHUB_OUTPUT=%s GITHUB_STEP_SUMMARY=%s MODSHIP_DOTENV=%s MODSHIP_CODE_QUALITY=%s",
			repository, file("outputs"), file("summary.md"), file("dotenv"), file("quality.json")))
		var log bytes.Buffer
		if err := NewReporter(env, &log).Report(report); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".log", log.String())
		for _, made := range []string{"outputs", "summary.md", "dotenv", "quality.json"} {
			data, err := os.ReadFile(file(made))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+made, string(data))
		}
	}
}

// TestReportElsewhere: without a CI system nothing is written but what was asked for.
func TestReportElsewhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new.md")
	var log bytes.Buffer
	r := NewReporter(envOf("CI=true GITHUB_OUTPUT=/nowhere/x MODSHIP_SUMMARY="+file), &log)
	if err := r.Report(sample()); err != nil || log.Len() > 0 || !r.Enabled() {
		t.Errorf("%v, enabled %t, log %q", err, r.Enabled(), log.String())
	}
	if data, _ := os.ReadFile(file); !bytes.HasPrefix(data, []byte("## modship publish echo v1.2.3\n")) {
		t.Errorf("summary %q", data)
	}
	if NewReporter(envOf("CI=true"), &log).Enabled() {
		t.Error("a CI system that shows nothing is told something")
	}
	if err := NewReporter(envOf("MODSHIP_DOTENV=/nowhere/x"), &log).Report(sample()); err == nil {
		t.Error("a file that cannot be written is no error")
	}
}

func TestTeamCityMessages(t *testing.T) {
	report := sample()
	report.Err = errors.New("it's [broken]")
	var log bytes.Buffer
	if err := NewReporter(envOf("TEAMCITY_VERSION=1"), &log).Report(report); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"##teamcity[buildProblem description='modship publish: it|'s |[broken|]']\n",
		"##teamcity[setParameter name='modship.bundle' value='r.example.com/m/echo:v1.2.3@sha256:bb']\n",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in\n%s", want, log.String())
		}
	}
}

func TestAnnotationsAreLimited(t *testing.T) {
	var found []Finding
	for i := range 15 {
		found = append(found, Finding{Level: Error, Title: fmt.Sprint("rule ", i), Message: "m"})
	}
	var log bytes.Buffer
	annotate(&log, found)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != maxAnnotations || !strings.Contains(lines[9], "6 more") {
		t.Errorf("%d annotations, the last is %s", len(lines), lines[len(lines)-1])
	}
}

func TestAnnotationEscapes(t *testing.T) {
	got := annotation(Finding{Level: Error, Title: "a:b,c%", Message: "100%\nx", File: "f,g.yaml", Line: 2})
	if want := "::error file=f%2Cg.yaml,line=2,title=modship a%3Ab%2Cc%25::100%25%0Ax"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestPositionIn(t *testing.T) {
	for text, want := range map[string]string{
		"read werf.yaml:12: bad":                              "werf.yaml:12",
		"in \"images/app/werf.inc.yaml:3\"":                   "images/app/werf.inc.yaml:3",
		"template: templates/a.tpl:7:12: executing":           "templates/a.tpl:7",
		"images/app/Dockerfile:4 unknown instruction":         "images/app/Dockerfile:4",
		"https://r.example.com:5000/x is not reachable":       ":0",
		"r.example.com/m/echo:12345":                          ":0",
		"r.example.com/conf.yaml:12345 sha is not a position": "r.example.com/conf.yaml:12345", // findings looks whether there is such a file
	} {
		file, line := PositionIn(text)
		if got := fmt.Sprintf("%s:%d", file, line); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestSummaryIsLimited(t *testing.T) {
	long := sample()
	for i := range 10_000 {
		long.Images = append(long.Images, Image{Name: fmt.Sprint("image-", i), Digest: strings.Repeat("d", 71)})
	}
	long.Graph = "flowchart LR\n" + strings.Repeat("  n0 -->|from| n1\n", maxEdges+1)
	var b bytes.Buffer
	if err := writeSummary(&b, long); err != nil {
		t.Fatal(err)
	}
	if b.Len() > maxSummary {
		t.Errorf("%d bytes", b.Len())
	}
	for text, want := range map[string]bool{"r.example.com/m/echo:v1.2.3": true, "image-1": false, "too big to be drawn": true, "flowchart": false, "gantt": true} {
		if strings.Contains(b.String(), text) != want {
			t.Errorf("%q in the summary: want %t", text, want)
		}
	}
}

func TestFolds(t *testing.T) {
	for system, want := range map[System]string{
		GitHub:    "::group::app/set%25up\n|::endgroup::\n",
		Forgejo:   "::group::app/set%25up\n|::endgroup::\n",
		TeamCity:  "##teamcity[blockOpened name='app/set%up']\n|##teamcity[blockClosed name='app/set%up']\n",
		Buildkite: "--- app/set%up\n|",
	} {
		before, after := FoldOf(system)("app/set%up")
		if before+"|"+after != want {
			t.Errorf("%s: %q, want %q", system, before+"|"+after, want)
		}
	}
	before, after := newFoldGitLab(func() time.Time { return time.Unix(5, 0) })("app/set%up")
	if want := "\x1b[0Ksection_start:5:modship_app_set_up[collapsed=true]\r\x1b[0Kapp/set%up\n|\x1b[0Ksection_end:5:modship_app_set_up\r\x1b[0K\n"; before+"|"+after != want {
		t.Errorf("GitLab: %q, want %q", before+"|"+after, want)
	}
	if FoldOf(Jenkins) != nil || FoldOf(None) != nil {
		t.Error("a system that does not fold has a fold")
	}
}

func TestCodeQualityIsAList(t *testing.T) {
	var b bytes.Buffer
	if err := writeCodeQuality(&b, nil); err != nil {
		t.Fatal(err)
	}
	var list []any
	if err := json.Unmarshal(b.Bytes(), &list); err != nil || list == nil {
		t.Errorf("%v: %s", err, b.String())
	}
}
