package contract

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/module"
)

func TestUpgradePath(t *testing.T) {
	const all = "v1.66.3 v1.66.9 v1.67.0 v1.67.11 v1.68.1 v1.68.5 v2.0.0 main v1.67.99-rc.1 v01.67.100"
	cases := []struct{ from, target, want string }{
		{"1.66.3", "1.67.1", "1.66.9 1.67.1"}, // the published v1.67.11 is clipped to the target
		{"1.66.9", "1.68.1", "1.67.11 1.68.1"},
		{"1.66.3", "1.66.4", "1.66.4"},
		{"1.67.11", "1.68.5", "1.68.5"},
		{"1.65.0", "2.0.0", "1.66.9 1.67.11 1.68.5 2.0.0"},
	}
	for _, c := range cases {
		var got []string
		for _, v := range upgradePath(versionsIn(strings.Fields(all)), semver.MustParse(c.from), semver.MustParse(c.target)) {
			got = append(got, v.String())
		}
		if diff := cmp.Diff(strings.Fields(c.want), got); diff != "" {
			t.Errorf("from %s to %s (-want +got):\n%s", c.from, c.target, diff)
		}
	}
}

func TestFollows(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"1.2.3", "1.2.4"}: true, {"1.2.3", "1.3.0"}: true, {"1.2.3", "1.4.0"}: false,
		{"0.9.0", "1.0.0"}: true, {"1.9.0", "2.0.0"}: true, {"1.9.0", "3.0.0"}: false,
		{"1.2.0", "2.9.0"}: false, // the fetcher compares minors across majors too
	} {
		if got := follows(semver.MustParse(pair[0]), semver.MustParse(pair[1])); got != want {
			t.Errorf("follows(%s, %s) = %v", pair[0], pair[1], got)
		}
	}
}

func TestBridges(t *testing.T) {
	update := module.Update{Versions: []module.UpdateVersion{{From: "1.2", To: "1.6"}, {From: "1.0", To: "1.4"}, {From: "x", To: "1.6"}}}
	cases := []struct {
		installed, version string
		want               bool
	}{
		{"1.2.9", "1.6.0", true},
		{"1.5.0", "1.6.3", true},
		{"1.1.0", "1.6.0", false}, // before from
		{"1.6.0", "1.6.1", false}, // no jump
		{"1.1.0", "1.4.9", true},  // "to" is the version's own minor
		{"1.1.0", "1.5.0", false}, // "to" 1.4 is not
	}
	for _, c := range cases {
		if got := bridges(update, semver.MustParse(c.installed), semver.MustParse(c.version)); got != c.want {
			t.Errorf("from %s to %s: %v", c.installed, c.version, got)
		}
	}
}

// TestBridgedGap checks that update.versions of a release close a gap for
// channels and for promotions.
func TestBridgedGap(t *testing.T) {
	w := newWorld(ScopePromotion)
	c := newContent("v1.5.0", w.pushImages("v1.5.0"))
	c.setBoth("module.yaml", "name: echo\nstage: Preview\nupdate: {versions: [{from: \"1.2\", to: \"1.5\"}]}\n")
	w.publish("v1.5.0", c)
	w.tag = "v1.5.0"
	if found := w.check(t, ScopePromotion, Images{}); len(found) > 0 {
		t.Errorf("promotion: %v", found)
	}
	w.reg.tag(echo.Channel(module.Alpha), w.reg.digestOf(echo.Release("v1.5.0")))
	w.reg.tag(echo.Channel(module.Beta), w.reg.digestOf(echo.Release("v1.5.0")))
	for _, scope := range []Scope{ScopeChannel, ScopeModule} {
		if found := w.check(t, scope, Images{}); len(found) > 0 {
			t.Errorf("%s: %v", scope, found)
		}
	}
}

// TestBridgeOverStep checks that a jump over a version that lies in the gap is
// a warning: clusters take it, but the controller complains.
func TestBridgeOverStep(t *testing.T) {
	w := newWorld(ScopePromotion)
	w.publishBase("v1.4.0")
	c := newContent("v1.5.0", w.pushImages("v1.5.0"))
	c.setBoth("module.yaml", "name: echo\nstage: Preview\nupdate: {versions: [{from: \"1.2\", to: \"1.5\"}]}\n")
	w.publish("v1.5.0", c)
	w.tag = "v1.5.0"
	found := w.check(t, ScopePromotion, Images{})
	if len(found) != 1 || found[0].Rule != 22 || found[0].Severity != Warning {
		t.Errorf("violations: %v, want one warning of rule 22", found)
	}
}

// TestSequenceMessages checks what is said of versions that are nearly right.
func TestSequenceMessages(t *testing.T) {
	update := func(entry string) func(*world) {
		return func(w *world) { setDefinition("update: {versions: [" + entry + "]}")(w.subject) }
	}
	const large = "v1.2.99999999999999999999"
	promoted := func(w *world) {
		w.publishBase(large)
		w.promote(large)
	}
	for what, c := range map[string]struct {
		scope  Scope
		change func(w *world)
		want   string
	}{
		"from 1.0":          {ScopeRepository, update("{from: 1.0, to: 1.3}"), `update.versions in module.yaml has from "1" and to "1.3", expected X.Y: write "1.0" in quotes, YAML reads 1.0 as the number 1`},
		"to 1.10":           {ScopeRepository, func(w *world) { w.tag = "v1.10.0"; update("{from: \"1.0\", to: 1.10}")(w) }, `no entry of update.versions in module.yaml has the minor of v1.10.0 as "to": the controller uses none of them: write "1.10" in quotes, YAML reads 1.10 as the number 1.1`},
		"channel":           {ScopeChannel, promoted, `the channel holds "` + large + `", which has a number above 18446744073709551615, which no consumer reads`},
		"promotion":         {ScopePromotion, func(w *world) { w.tag = large }, `the tag "` + large + `" cannot go to a release channel: it has a number above 18446744073709551615, which no consumer reads`},
		"before the build":  {ScopeRepository, func(w *world) { w.tag, w.channels = large, []module.Channel{module.Alpha} }, `the tag "` + large + `" cannot go to the release channel alpha: it has a number above 18446744073709551615, which no consumer reads`},
		"no version at all": {ScopePromotion, func(w *world) { w.tag = "v1.2" }, `the tag "v1.2" cannot go to a release channel: it is not of the form vX.Y.Z`},
	} {
		w := newWorld(c.scope)
		if c.scope == ScopeChannel {
			w.build(c.scope)
		}
		c.change(w)
		var got []string
		for _, v := range w.check(t, c.scope, Images{}) {
			got = append(got, v.Message)
		}
		if diff := cmp.Diff([]string{c.want}, got); diff != "" {
			t.Errorf("%s: messages (-want +got):\n%s", what, diff)
		}
	}
}

// TestLadderWithGap checks rule 20 across a channel that the module is not on.
func TestLadderWithGap(t *testing.T) {
	w := newWorld(ScopeModule)
	w.build(ScopeModule)
	w.publishBase("v1.2.4")
	w.reg.untag(echo.Channel(module.Beta))
	w.reg.tag(echo.Channel(module.EarlyAccess), w.reg.digestOf(echo.Release("v1.2.4")))
	var got []string
	for _, v := range w.check(t, ScopeModule, Images{}) {
		got = append(got, v.String())
	}
	want := []string{
		"rule 20 (warning): registry.example.com/modules/echo/release:early-access: the channel holds v1.2.4, the channel alpha before it only v1.2.3",
		"rule 21 (warning): registry.example.com/modules/echo/release:beta: the module is not on this channel",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

// TestLTS checks that the lts channel needs neither ladder nor sequence.
func TestLTS(t *testing.T) {
	w := newWorld(ScopePromotion)
	w.reg.tag(echo.Channel(module.LTS), w.reg.digestOf(echo.Release(oldTag)))
	w.publishBase("v1.9.0")
	w.tag, w.channels = "v1.9.0", []module.Channel{module.LTS}
	if found := w.check(t, ScopePromotion, Images{}); len(found) > 0 {
		t.Errorf("violations: %v", found)
	}
}

// TestPromotionTogether checks that channels moved in one call support each
// other.
func TestPromotionTogether(t *testing.T) {
	w := newWorld(ScopePromotion)
	w.publish(w.tag, w.subject)
	w.channels = []module.Channel{module.Alpha, module.Beta, module.EarlyAccess}
	if found := w.check(t, ScopePromotion, Images{}); len(found) > 0 {
		t.Errorf("violations: %v", found)
	}
}

func TestErrorsNameTheirReferenceOnce(t *testing.T) {
	for err, want := range map[string]string{
		"":                               "<nil>",
		"no answer":                      "look up r.io/m/echo:v1: no answer",
		"look for r.io/m/echo:v1: a 500": "look for r.io/m/echo:v1: a 500",
	} {
		var cause error
		if err != "" {
			cause = errors.New(err)
		}
		if got := fmt.Sprint(wrap(cause, "look up", "r.io/m/echo:v1")); got != want {
			t.Errorf("%q becomes %q, want %q", err, got, want)
		}
	}
}
