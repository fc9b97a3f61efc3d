package contract

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/module"
)

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

// TestBridgeOverStep checks that a version in the gap does not disturb a jump:
// the controller goes by the update.versions of the channel's version.
func TestBridgeOverStep(t *testing.T) {
	w := newWorld(ScopePromotion)
	w.publishBase("v1.4.0")
	c := newContent("v1.5.0", w.pushImages("v1.5.0"))
	c.setBoth("module.yaml", "name: echo\nstage: Preview\nupdate: {versions: [{from: \"1.2\", to: \"1.5\"}]}\n")
	w.publish("v1.5.0", c)
	w.tag = "v1.5.0"
	if found := w.check(t, ScopePromotion, Images{}); len(found) > 0 {
		t.Errorf("violations: %v", found)
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
		"from 1":            {ScopeRepository, update("{from: 1, to: 1.3}"), `update.versions in module.yaml has from "1" and to "1.3": the controller reads that, the documentation and dmt expect X.Y`},
		"not a version":     {ScopeRepository, update("{from: abc, to: 1.3}"), `update.versions in module.yaml has from "abc" and to "1.3": "abc" is not a version`},
		"channel":           {ScopeChannel, promoted, `the version on the channel: "` + large + `" has a number above 18446744073709551615, which no consumer reads`},
		"promotion":         {ScopePromotion, func(w *world) { w.tag = large }, `the tag cannot go to a release channel: "` + large + `" has a number above 18446744073709551615, which no consumer reads`},
		"before the build":  {ScopeRepository, func(w *world) { w.tag, w.channels = large, []module.Channel{module.Alpha} }, `the tag cannot go to the release channel alpha: "` + large + `" has a number above 18446744073709551615, which no consumer reads`},
		"no version at all": {ScopePromotion, func(w *world) { w.tag = "v1.2" }, `the tag cannot go to a release channel: "v1.2" is not of the form vX.Y.Z`},
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
