package contract

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/module"
)

func TestWaive(t *testing.T) {
	w := newWorld(ScopePublished)
	w.subject.remove("docs/README.md")
	w.subject.set("enabled", "#!/bin/sh\n")
	images := w.build(ScopePublished)
	if found := w.check(t, ScopePublished, images); !Failed(found) {
		t.Errorf("an error does not fail: %v", found)
	}
	w.opts.Waive = []int{34}
	found := w.check(t, ScopePublished, images)
	if Failed(found) {
		t.Errorf("a waived error and a warning fail: %v", found)
	}
	var got []string
	for _, v := range found {
		got = append(got, v.String())
	}
	want := []string{
		"rule 34 (error, waived): registry.example.com/modules/echo:v1.2.3: enabled is not executable for its user (mode 0644)",
		"rule 40 (warning): registry.example.com/modules/echo:v1.2.3: there is no docs/README.md",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestCheckWaivers(t *testing.T) {
	if err := CheckWaivers([]int{1, len(Rules())}); err != nil {
		t.Error(err)
	}
	for _, n := range []int{0, -1, len(Rules()) + 1} {
		if err := CheckWaivers([]int{37, n}); err == nil || !strings.Contains(err.Error(), fmt.Sprint("1 to ", len(Rules()))) {
			t.Errorf("waiver %d: %v", n, err)
		}
	}
}

// TestOrder checks that violations are sorted by rule, then artifact.
func TestOrder(t *testing.T) {
	c := newChecker(nil, false)
	c.report(12, "b", "z")
	c.report(2, "b", "z")
	c.report(12, "a", "z")
	c.report(12, "a", "y")
	c.report(12, "a", "y")
	var got []string
	for _, v := range c.result() {
		got = append(got, v.String())
	}
	want := []string{"rule 2 (error): b: z", "rule 12 (error): a: y", "rule 12 (error): a: z", "rule 12 (error): b: z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// TestRegistryErrors checks that a registry that cannot be read is an error,
// never a result without violations.
func TestRegistryErrors(t *testing.T) {
	broken := errors.New("connection reset")
	for _, repo := range []string{echo.BundleRepo(), echo.ReleaseRepo()} {
		w := newWorld(ScopeModule)
		w.build(ScopeModule)
		w.reg.fail[repo] = broken
		ctx := context.Background()
		_, published := CheckPublished(ctx, w.reg, echo, curTag, Options{})
		_, channel := CheckChannel(ctx, w.reg, echo, module.Beta, Options{})
		_, all := CheckModule(ctx, w.reg, echo, Options{})
		_, promotion := CheckPromotion(ctx, w.reg, echo, curTag, []module.Channel{module.Alpha}, Options{})
		for what, err := range map[string]error{"published": published, "channel": channel, "module": all, "promotion": promotion} {
			if !errors.Is(err, broken) || !strings.Contains(err.Error(), repo) {
				t.Errorf("%s with broken %s: %v", what, repo, err)
			}
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := newWorld(ScopeModule)
	w.build(ScopeModule)
	if _, err := CheckModule(ctx, w.reg, echo, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestReadsOnce checks that a run reads no image twice, channels included.
func TestReadsOnce(t *testing.T) {
	w := newWorld(ScopeModule)
	w.build(ScopeModule)
	counting := &countingReader{fakeRegistry: w.reg, walks: map[string]int{}}
	if _, err := CheckModule(context.Background(), counting, echo, Options{}); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, tag := range []string{oldTag, curTag} {
		want[echo.BundleRepo()+"@"+w.reg.digestOf(echo.Bundle(tag))] = 1
		want[echo.ReleaseRepo()+"@"+w.reg.digestOf(echo.Release(tag))] = 1
	}
	if diff := cmp.Diff(want, counting.walks); diff != "" {
		t.Errorf("images read (-want +got):\n%s", diff)
	}
}

// TestNewVersion checks the fit of versions that are about to be published.
func TestNewVersion(t *testing.T) {
	for tag, want := range map[string][]RuleID{
		"v1.2.4": nil, "v1.3.0": nil, "v2.0.0": nil, "v1.4.0": {22}, "v3.0.0": {22},
		"v1.1.5": {24}, // becomes an upgrade step at once
		"v1.1.3": nil,  // v1.1.4 is higher
		"v0.9.0": {24}, "main": nil, "pr12": nil, "v1.2.3-rc.1": {7},
	} {
		w := newWorld(ScopeImages)
		setReleaseVersion(tag)(w.subject)
		images := w.build(ScopeImages)
		w.tag = tag
		if diff := cmp.Diff(want, rulesOf(w.check(t, ScopeImages, images))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tag, diff)
		}
	}
}

// TestRepublish checks that the same content under its own version is fine.
func TestRepublish(t *testing.T) {
	w := newWorld(ScopeImages)
	w.tag = curTag
	w.subject = newContent(curTag, w.pushImages(curTag))
	if found := w.check(t, ScopeImages, w.build(ScopeImages)); len(found) > 0 {
		t.Errorf("violations: %v", found)
	}
}

// TestRepositoryWithoutSettings checks a repository about which nothing is
// known but its files.
func TestRepositoryWithoutSettings(t *testing.T) {
	w := newWorld(ScopeRepository)
	if found := CheckRepository(context.Background(), w.subject.repository(), RepositoryOptions{}); len(found) > 0 {
		t.Errorf("violations: %v", found)
	}
}

func TestMisspelledChannel(t *testing.T) {
	for tag, want := range map[string]module.Channel{
		"Alpha": module.Alpha, "EarlyAccess": module.EarlyAccess, "rock_solid": module.RockSolid, "LTS": module.LTS,
		"alpha": "", "beta2": "", "main": "", "v1.2.3": "", "branch-stable": "", "modship_move_alpha_20260101": "",
	} {
		if got, _ := misspelledChannel(tag); got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
}

// TestChannelNames checks which tags of the release repository are taken for a
// channel.
func TestChannelNames(t *testing.T) {
	for tag, want := range map[string]string{
		"stabel":                       `the tag holds v1.2.3, which no cluster gets by it: "stabel" is not a release channel: did you mean "stable"?`,
		"production":                   `the tag holds v1.2.3, which no cluster gets by it: "production" is not a release channel: expected one of alpha, beta, early-access, stable, rock-solid, lts`,
		"feature-x":                    "", // a dev build of a version's commit
		"modship_move_stable_20260101": "",
		"lts":                          "",
		"1.2.3.4":                      "",
	} {
		w := newWorld(ScopeModule)
		w.build(ScopeModule)
		w.reg.tag(echo.Release(tag), w.reg.digestOf(echo.Release(curTag)))
		w.reg.tag(echo.Bundle("feature-x"), w.reg.digestOf(echo.Bundle(curTag)))
		var got string
		for _, v := range w.check(t, ScopeModule, Images{}) {
			got += v.Message
		}
		if got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	w := newWorld(ScopeModule)
	w.build(ScopeModule)
	_, other := newContent("other", nil).images()
	w.reg.tag(echo.Release("other"), w.reg.push(echo.ReleaseRepo(), other))
	if found := w.check(t, ScopeModule, Images{}); len(found) > 0 {
		t.Errorf("a release image of nobody: %v", found)
	}
}

// TestDevBuild checks that a dev build is held to its bundle only.
func TestDevBuild(t *testing.T) {
	w := newWorld(ScopePublished)
	w.tag = "feature-x"
	w.subject.removeRelease("module.yaml")
	w.subject.setRelease("version.json", "{}")
	found := w.check(t, ScopePublished, w.build(ScopePublished))
	if diff := cmp.Diff([]RuleID{10, 12}, rulesOf(found)); diff != "" || Failed(found) {
		t.Errorf("violations %v (-want +got):\n%s", found, diff)
	}
	w.subject.remove("module.yaml")
	if found := w.check(t, ScopePublished, w.build(ScopePublished)); !Failed(found) {
		t.Errorf("a bundle without module.yaml passes: %v", found)
	}
}

// TestDevBundle checks that the bundle of a dev build, which a
// ModulePullOverride loads, is held to what a version's is, whatever its release
// image says, and that no finding is reported of both.
func TestDevBundle(t *testing.T) {
	for what, c := range map[string]struct {
		definition string
		rule       RuleID
	}{
		"name":         {"name: other\nstage: Preview\n", 5},
		"unreadable":   {"name: [echo]\n", 12},
		"requirements": {"name: echo\nstage: Preview\nrequirements: {deckhouse: latest}\n", 15},
	} {
		for _, scope := range []Scope{ScopeImages, ScopePublished} {
			w := newWorld(scope)
			w.tag = "feature-x"
			w.subject.setRelease("version.json", `{"version":"feature-x"}`)
			w.subject.setBoth("module.yaml", c.definition)
			images := w.build(scope)
			found := w.check(t, scope, images)
			if len(found) != 1 || found[0].Rule != c.rule || found[0].Severity != Error || strings.Contains(found[0].Artifact, "/release") {
				t.Errorf("%s in %s: %v, want one error of rule %d on the bundle", what, scope, found, c.rule)
			}
			w.subject.setRelease("module.yaml", "name: echo\nstage: Preview\n")
			if found := w.check(t, scope, w.build(scope)); !Failed(found) || strings.Contains(fmt.Sprint(found), "(error): "+echo.ReleaseRepo()) {
				t.Errorf("%s in the bundle only, in %s: %v", what, scope, found)
			}
		}
	}
}

func TestCheckTag(t *testing.T) {
	cases := []struct {
		tag  string
		dev  bool
		want string
	}{
		{"v1.2.3", false, ""},
		{"main", true, ""},
		{"feature-x", false, ""},
		{"v1.2.3-rc.1", true, "7 warning"},
		{"", true, ""},
		{"v1.2.3", true, "7 error"},
		{"v1-2-3", false, "7 error"},
		{"v01.2.3", false, "7 error"},
		{"v12345", true, "7 error"},
		{"1.2.3", false, "7 error"},
		{"v1.2", true, "7 error"},
		{"a/b", false, "6 error"},
	}
	for _, c := range cases {
		ch := newChecker(nil, false)
		ch.checkTag("x", c.tag, c.dev, nil)
		got := ""
		for _, v := range ch.result() {
			got += fmt.Sprint(v.Rule, " ", v.Severity)
		}
		if got != c.want {
			t.Errorf("%q, dev %v: %q, want %q", c.tag, c.dev, got, c.want)
		}
	}
}

// TestHardlinks checks that a hard link is the file that it links to, however
// many links are between.
func TestHardlinks(t *testing.T) {
	w := newWorld(ScopePublished)
	rename(w.subject.bundle, "module.yaml", "a")
	w.subject.link("b", tar.TypeLink, "a")
	w.subject.link("module.yaml", tar.TypeLink, "b")
	w.subject.link("crds.yaml", tar.TypeLink, "crds.yaml")
	w.subject.set("docs/script", "#!/bin/sh\n")
	w.subject.link("hooks/linked.sh", tar.TypeLink, "docs/script")
	w.subject.link("enabled", tar.TypeLink, "docs/script")
	var got []string
	for _, v := range w.check(t, ScopePublished, w.build(ScopePublished)) {
		got = append(got, v.Message)
	}
	want := []string{
		"crds.yaml is a hard link to crds.yaml, which does not come before it",
		"enabled is not executable for its user (mode 0644)",
		"hooks/linked.sh is not executable for its user (mode 0644)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// TestNotHooks checks files under hooks that need no execute bit.
func TestNotHooks(t *testing.T) {
	w := newWorld(ScopeRepository)
	w.subject.set("hooks/lib/common.sh", "#!/bin/sh\n")
	w.subject.set("hooks/.hidden.sh", "#!/bin/sh\n")
	w.subject.set("hooks/main.go", "package main\n")
	w.subject.set("hooks/requirements.txt", "")
	w.subject.dir("hooks/go")
	w.subject.set("hooks/go/go.mod", "module echo\n")
	w.subject.set("hooks/go/scripts/build.sh", "#!/bin/sh\n")
	w.subject.dir("hooks/batch")
	w.subject.set("hooks/batch/main.go", "package main\n")
	w.subject.set("hooks/batch/test.sh", "#!/bin/sh\n")
	if found := w.check(t, ScopeRepository, Images{}); len(found) > 0 {
		t.Errorf("violations: %v", found)
	}
	w.subject.set("hooks/beside-main.sh", "#!/bin/sh\n")
	if found := w.check(t, ScopeRepository, Images{}); len(found) != 1 || found[0].Rule != RuleHooksExecutable {
		t.Errorf("violations: %v, want one of rule 34", found)
	}
}

// TestGoSourceInBundle checks that in a bundle, which holds no sources, what
// can run is a hook.
func TestGoSourceInBundle(t *testing.T) {
	w := newWorld(ScopePublished)
	w.subject.dir("hooks/go")
	w.subject.set("hooks/go/main.go", "package main\n")
	w.subject.set("hooks/go/hook", "\x7fELF")
	if found := w.check(t, ScopePublished, w.build(ScopePublished)); len(found) != 1 || found[0].Rule != RuleHooksExecutable {
		t.Errorf("violations: %v, want one of rule 34", found)
	}
}

// TestUnpacking checks rules 31 to 33 on what the controller makes of entries
// that depend on others.
func TestUnpacking(t *testing.T) {
	for what, c := range map[string]struct {
		change func(*content)
		want   string
	}{
		"file below a symlink": {func(c *content) {
			c.dir("crds")
			c.link("more", tar.TypeSymlink, "crds")
			c.set("more/a.yaml", "")
			c.set("more/b.yaml", "")
		}, "32 warning, 33 error"},
		"hard link to a symlink": {func(c *content) {
			c.link("docs/s.md", tar.TypeSymlink, "README.md")
			c.link("docs/h.md", tar.TypeLink, "docs/s.md")
		}, "32 error, 32 warning"},
		"hard link to a directory": {func(c *content) { c.link("more", tar.TypeLink, "docs") }, "32 error"},
		"hard link to a hard link": {func(c *content) {
			c.link("docs/a.md", tar.TypeLink, "docs/README.md")
			c.link("docs/b.md", tar.TypeLink, "docs/a.md")
		}, ""},
		"hard link without directory": {func(c *content) { c.link("more/a.md", tar.TypeLink, "docs/README.md") }, "33 error"},
		"directory for a symlink later": {func(c *content) {
			c.dir("crds/v1")
			c.link("crds/v2", tar.TypeSymlink, "v1")
			c.dir("crds/v2")
			c.set("crds/v2/a.yaml", "")
		}, "32 warning"},
		"directory of a directory": {func(c *content) {
			c.dir("crds/deep/v1")
			c.set("crds/a.yaml", "")
			c.set("crds/deep/b.yaml", "")
		}, ""},
		"file as a directory": {func(c *content) { c.set("enabled.d", ""); c.set("enabled.d/a", "") }, "33 error"},
		"dots that lead to the root": {func(c *content) {
			c.link("docs/../", tar.TypeDir, "")
			c.link("..", tar.TypeDir, "")
			c.link("./", tar.TypeDir, "")
		}, "31 error, 31 error"},
	} {
		w := newWorld(ScopePublished)
		c.change(w.subject)
		var got []string
		for _, v := range w.check(t, ScopePublished, w.build(ScopePublished)) {
			got = append(got, fmt.Sprint(v.Rule, " ", v.Severity))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v, want %s", what, got, c.want)
		}
	}
}

// TestHelmignoreWithoutChart checks that a module without Chart.yaml needs no
// .helmignore: addon-operator makes the chart.
func TestHelmignoreWithoutChart(t *testing.T) {
	w := newWorld(ScopeRepository)
	w.subject.remove("Chart.yaml")
	w.subject.remove(".helmignore")
	if found := CheckRepository(context.Background(), w.subject.repository(), RepositoryOptions{}); len(found) > 0 {
		t.Errorf("violations: %v", found)
	}
}
