package module

import (
	"fmt"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-cmp/cmp"
)

// TestUpgrades is what the controller's own code did with published versions.
// An entry of published is a version, "v1.1.0!" if it has no release image, or
// a version with an entry of update.versions as it is written in module.yaml.
func TestUpgrades(t *testing.T) {
	bridged := func(from, to string) []string { return []string{"v1.0.0", "v1.3.0 from: " + from + ", to: " + to} }
	cases := []struct {
		name      string
		published []string
		way       string // channel, versions, and obstacles in their order
	}{
		{"next minor", []string{"v1.0.0", "v1.1.0"}, "1.1.0"},
		{"every minor", []string{"v1.0.0", "v1.1.0", "v1.2.0"}, "1.1.0 1.2.0"},
		{"highest patch of each minor", []string{"v1.0.0", "v1.0.5", "v1.1.0", "v1.1.7", "v1.2.0"}, "1.0.5 1.1.7 1.2.0"},
		{"the last minor is clipped to the target", []string{"v1.0.0", "v1.1.0", "v1.2.9 -", "v1.2.1"}, "1.1.0 1.2.1"},
		{"0 to 1", []string{"v0.9.0", "v1.0.0"}, "1.0.0"},
		{"other major", []string{"v1.0.0", "v2.0.0"}, "2.0.0 approval-needed 1.0.0→2.0.0"},
		{"two majors", []string{"v1.0.0", "v3.0.0"}, "gap-reported 1.0.0→3.0.0"},
		{"minors across majors", []string{"v1.2.0", "v2.9.0"}, "gap-reported 1.2.0→2.9.0"},

		{"no bridge", []string{"v1.0.0", "v1.3.0"}, "gap-reported 1.0.0→1.3.0"},
		{"X.Y", bridged(`"1.0"`, `"1.3"`), "1.3.0"},
		{"X.Y.Z", bridged(`"1.0.0"`, `"1.3.0"`), "1.3.0"},
		{"with v", bridged(`"v1.0"`, `"v1.3"`), "1.3.0"},
		{"major only", bridged(`"1"`, `"1.3"`), "1.3.0"},
		{"to another patch", bridged(`"1.0"`, `"1.3.5"`), "1.3.0"},
		{"unquoted from", bridged(`1.0`, `"1.3"`), "1.3.0"},
		{"unquoted to", []string{"v1.0.0", `v1.10.0 from: "1.0", to: 1.10`}, "1.10.0"},
		{"from above", bridged(`"1.1"`, `"1.3"`), "gap-silent 1.0.0→1.3.0"},
		{"to above", bridged(`"1.0"`, `"1.4"`), "gap-silent 1.0.0→1.3.0"},
		{"to the major", bridged(`"1.0"`, `"1"`), "gap-silent 1.0.0→1.3.0"},
		{"from above the deployed patch", bridged(`"1.0.5"`, `"1.3"`), "gap-silent 1.0.0→1.3.0"},
		{"not a version", bridged(`"abc"`, `"1.3"`), "gap-reported 1.0.0→1.3.0"},
		{"on the channel's patch", []string{"v1.0.0", "v1.3.0", `v1.3.1 from: "1.0", to: "1.3"`}, "1.3.1"},
		{"on a lower patch only", []string{"v1.0.0", `v1.3.0 from: "1.0", to: "1.3"`, "v1.3.1"}, "gap-reported 1.0.0→1.3.1"},
		{"over versions in between", []string{"v1.0.0", "v1.1.0", "v1.3.0", `v1.4.0 from: "1.0", to: "1.4"`}, "1.4.0"},
		{"from a version in between", []string{"v1.0.0", "v1.1.0", "v1.3.0", `v1.4.0 from: "1.1", to: "1.4"`}, "1.1.0 1.4.0"},
		{"on the way", []string{"v1.0.0", `v1.3.0 from: "1.0", to: "1.3"`, `v1.4.0 from: "1.0", to: "1.4"`}, "1.4.0"},

		{
			"on a version that is not the target",
			[]string{"v1.0.0", "v1.1.0", "v1.3.0", `v1.4.0 from: "1.1", to: "1.4"`, "v1.5.0"},
			"1.1.0 1.4.0 1.5.0 sequence-reported 1.1.0→1.3.0 controller-crash 1.4.0→1.5.0",
		},
		{"unreadable without a gap", []string{"v1.0.0", `v1.1.0 from: "abc", to: "1.1"`}, "1.1.0 sequence-reported 1.0.0→1.1.0"},
		{"crash", []string{"v1.0.0", `v1.1.0 from: "1.0", to: "1.1"`, "v1.2.0"}, "1.1.0 1.2.0 controller-crash 1.1.0→1.2.0"},
		{"no release image on the way", []string{"v1.0.0", "v1.1.0!", "v1.2.0"}, "release-missing 1.0.0→1.1.0"},
		{"no release image under a bridge", []string{"v1.0.0", "v1.1.0!", `v1.3.0 from: "1.0", to: "1.3"`}, "release-missing 1.0.0→1.1.0"},
		{"no release image of a lower patch", []string{"v1.0.0", "v1.1.0!", "v1.1.1", "v1.2.0"}, "1.1.1 1.2.0"},

		{"down", []string{"v1.3.0", "v1.2.0"}, "step-down 1.3.0→1.2.0"},
		{"the same", []string{"v1.3.0", "v1.3.0"}, ""},
		{"lts", []string{"lts", "v1.0.0", "v1.1.0!", "v1.9.0"}, "1.9.0"},
		{"lts to another major", []string{"lts", "v1.0.0", "v4.0.0"}, "4.0.0 approval-needed 1.0.0→4.0.0"},
		{"lts down", []string{"lts", "v1.1.0", "v1.0.0"}, "step-down 1.1.0→1.0.0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.way, wayOver(t, c.published)); diff != "" {
				t.Errorf("the way over %q (-want +got):\n%s", c.published, diff)
			}
		})
	}
}

// wayOver returns the way from the first to the last version as text.
func wayOver(t *testing.T, published []string) string {
	channel := Stable
	if published[0] == string(LTS) {
		channel, published = LTS, published[1:]
	}
	releases, tags := map[string]Release{}, []string{}
	for _, text := range published {
		tag, entry, _ := strings.Cut(text, " ")
		tag, missing := strings.CutSuffix(tag, "!")
		release := Release{Version: semver.MustParse(tag), Missing: missing}
		if strings.HasPrefix(entry, "from") {
			definition, err := ParseDefinition(fmt.Appendf(nil, "update: {versions: [{%s}]}", entry))
			if err != nil {
				t.Fatal(err)
			}
			release.Update = definition.Update
		}
		releases[tag], tags = release, append(tags, tag)
	}
	upgrade := Upgrade{Channel: channel, From: releases[tags[0]].Version, To: releases[tags[len(tags)-1]].Version}
	var steps []Release
	for _, v := range upgrade.Steps(Versions(tags)) {
		steps = append(steps, releases[VersionTag(v)])
	}
	way := upgrade.Way(steps)
	var words []string
	for _, v := range way.Path {
		words = append(words, v.String())
	}
	for _, o := range way.Obstacles {
		words = append(words, string(o.Kind), o.At.String()+"→"+o.Next.String())
	}
	return strings.Join(words, " ")
}

func TestUpgradeSteps(t *testing.T) {
	published := Versions(strings.Fields("v1.66.3 v1.66.9 v1.67.0 v1.67.11 v1.68.1 v1.68.5 v2.0.0 main v1.67.99-rc.1 v01.67.100 v1.2.99999999999999999999"))
	cases := []struct {
		from, to, want string
		gap            bool
	}{
		{"1.66.3", "1.67.1", "1.66.9 1.67.1", false}, // the published v1.67.11 is clipped to the target
		{"1.66.9", "1.68.1", "1.67.11 1.68.1", false},
		{"1.66.3", "1.66.4", "1.66.4", false},
		{"1.67.11", "1.68.5", "1.68.5", false},
		{"1.65.0", "2.0.0", "1.66.9 1.67.11 1.68.5 2.0.0", false},
		{"1.64.0", "1.66.3", "1.66.3", true},
		{"1.68.5", "1.67.0", "", false},
	}
	for _, c := range cases {
		upgrade := Upgrade{Channel: Alpha, From: semver.MustParse(c.from), To: semver.MustParse(c.to)}
		var got []string
		steps := upgrade.Steps(published)
		for _, v := range steps {
			got = append(got, v.String())
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("from %s to %s: %q, want %q", c.from, c.to, text, c.want)
		}
		if got := upgrade.HasGap(steps); got != c.gap {
			t.Errorf("from %s to %s: gap %v", c.from, c.to, got)
		}
	}
}

func TestCheckVersion(t *testing.T) {
	for tag, want := range map[string]string{
		"v1.2.3": "", "v0.0.0": "",
		"1.2.3": "not of the form vX.Y.Z", "v1.2": "not of the form", "v1.2.3-rc.1": "not of the form", "v01.2.3": "not of the form",
		"v1.2.99999999999999999999": "has a number above 18446744073709551615",
	} {
		checkError(t, tag, CheckVersion(tag), want)
	}
	if _, err := ReadVersion("main"); err == nil {
		t.Error("main is read as a version")
	}
}

func TestUpdateVersion(t *testing.T) {
	cases := []struct {
		from, to   string
		documented bool
		fault      string
	}{
		{"1.0", "1.3", true, ""},
		{"1.0.0", "1.3.0", false, ""},
		{"v1.0", "v1.3", false, ""},
		{"1", "1.3", false, ""},
		{"1.0", "1.03", false, ""},
		{"1.4", "1.3", true, "1.4 is not lower than 1.3"},
		{"abc", "1.3", false, `"abc" is not a version`},
		{"1.0", "", false, `"" is not a version`},
	}
	for _, c := range cases {
		v := UpdateVersion{From: c.from, To: c.to}
		if got := v.IsDocumented(); got != c.documented {
			t.Errorf("%+v: documented %v", v, got)
		}
		checkError(t, fmt.Sprintf("%+v", v), v.Check(), c.fault)
	}
}
