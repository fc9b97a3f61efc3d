package module

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRepositoryReferences(t *testing.T) {
	r, err := NewRepository("registry.example.com:5000/ee/modules", "csi-nfs")
	if err != nil {
		t.Fatal(err)
	}
	digest := "sha256:" + strings.Repeat("a", 64)
	got := map[string]string{
		"string":       r.String(),
		"host":         r.Host(),
		"bundle repo":  r.BundleRepo(),
		"release repo": r.ReleaseRepo(),
		"extra":        r.ExtraRepo("scanner"),
		"bundle":       r.Bundle("v1.2.3"),
		"release":      r.Release("v1.2.3"),
		"channel":      r.Channel(EarlyAccess),
		"registration": r.Registration(),
		"image":        r.Image(digest),
		"attestation":  r.Attestation(digest),
	}
	const base = "registry.example.com:5000/ee/modules"
	want := map[string]string{
		"string":       base + "/csi-nfs",
		"host":         "registry.example.com:5000",
		"bundle repo":  base + "/csi-nfs",
		"release repo": base + "/csi-nfs/release",
		"extra":        base + "/csi-nfs/extra/scanner",
		"bundle":       base + "/csi-nfs:v1.2.3",
		"release":      base + "/csi-nfs/release:v1.2.3",
		"channel":      base + "/csi-nfs/release:early-access",
		"registration": base + ":csi-nfs",
		"image":        base + "/csi-nfs@" + digest,
		"attestation":  base + "/csi-nfs:sha256-" + strings.Repeat("a", 64) + ".att",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
}

func TestNewRepository(t *testing.T) {
	cases := []struct{ source, name, wantErr string }{
		{"registry.example.com/modules", "echo", ""},
		{"127.0.0.1:5555/modules", "echo", ""},
		{"localhost/modules", "echo", ""},
		{"[::1]:5000/modules", "echo", ""},
		{"ghcr.io/owner_x/a.b/c--d", "echo", ""},
		{"", "echo", "module source is empty"},
		{"https://r.io/modules", "echo", "must not start with a scheme"},
		{"r.io/modules/", "echo", "must not end with a slash"},
		{"ghcr.io/Owner/modules", "echo", `write "ghcr.io/owner/modules"`},
		{"127.0.0.1:5555", "echo", "has no path"},
		{"owner/modules", "echo", "does not start with a registry host"},
		{"r.io/modules:v1", "echo", "invalid path component"},
		{"r.io//modules", "echo", "invalid path component"},
		{"r.io/-modules", "echo", "invalid path component"},
		{"r.io/mod ules", "echo", "invalid path component"},
		{"r.io/modules", "Echo", "not an RFC 1123 name"},
		{"user:s3cret@r.io/modules", "echo", "without a login"},
		{"https://user:s3/cret@r.io/modules", "echo", "without a login"},
		{"r.io/" + strings.Repeat("a", 250), "echo", "characters long"},
	}
	for _, c := range cases {
		_, err := NewRepository(c.source, c.name)
		checkError(t, c.source+" "+c.name, err, c.wantErr)
		if err != nil && strings.Contains(err.Error(), "cret") {
			t.Errorf("the error holds the password: %v", err)
		}
	}
}

func TestCheckName(t *testing.T) {
	cases := []struct{ name, wantErr string }{
		{"echo", ""},
		{"csi-nfs", ""},
		{"k8s", ""},
		{"l2-load-balancer", ""},
		{"s3", ""},
		{strings.Repeat("a", 64), ""},
		{strings.Repeat("a", 65), "65 characters"},
		{"", "empty"},
		{"modules", "reserved"},
		{"Echo", "RFC 1123"},
		{"-echo", "RFC 1123"},
		{"echo-", "RFC 1123"},
		{"e_cho", "RFC 1123"},
		{"e/cho", "RFC 1123"},
		{"é", "RFC 1123"},
		{"e--cho", `rename the module to "e-cho"`},
		{"csi-1c", `rename the module to "csi1c"`},
		{"module-2", `rename the module to "module2"`},
		{"a.b", `rename the module to "a-b"`},
	}
	for _, c := range cases {
		checkError(t, c.name, CheckName(c.name), c.wantErr)
	}
}

func TestChannels(t *testing.T) {
	var previous []string
	for _, ch := range Channels() {
		p, ok := ch.Previous()
		if !ok {
			p = "none"
		}
		previous = append(previous, string(p))
		if got, err := ParseChannel(string(ch)); err != nil || got != ch {
			t.Errorf("ParseChannel(%q) = %q, %v", ch, got, err)
		}
	}
	want := []string{"none", "alpha", "beta", "early-access", "stable", "none"}
	if diff := cmp.Diff(want, previous); diff != "" {
		t.Errorf("previous channels (-want +got):\n%s", diff)
	}
}

func TestLadder(t *testing.T) {
	for _, c := range []struct {
		ladder Ladder
		of     Channel
		moved  []Channel
		want   Channel // empty: none is asked for the version
	}{
		{nil, Stable, nil, EarlyAccess},
		{nil, Stable, []Channel{EarlyAccess}, ""},
		{nil, Alpha, nil, ""},
		{nil, LTS, nil, ""},
		{Ladder{Alpha, Stable}, Stable, nil, Alpha},
		{Ladder{Stable, Alpha}, Stable, nil, Alpha},
		{Ladder{Alpha, Stable}, Stable, []Channel{Alpha}, ""},
		{Ladder{Beta, Stable}, Beta, nil, ""},
	} {
		if got, ok := c.ladder.Requires(c.of, c.moved); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%v: %s requires %s (%t), want %q", c.ladder, c.of, got, ok, c.want)
		}
	}
}

func TestParseChannelNearMiss(t *testing.T) {
	cases := map[string]string{
		"EarlyAccess": `did you mean "early-access"`,
		"rock_solid":  `did you mean "rock-solid"`,
		"Lts":         `did you mean "lts"`,
		"stabel":      `did you mean "stable"`,
		"alfa":        `did you mean "alpha"`,
		"ALPHA":       `did you mean "alpha"`,
		"":            "expected one of alpha, beta",
		"production":  "expected one of alpha, beta",
		"v1.2.3":      "expected one of alpha, beta",
		"main":        "expected one of alpha, beta",
	}
	for in, want := range cases {
		_, err := ParseChannel(in)
		checkError(t, in, err, want)
	}
}

func TestParseDefinition(t *testing.T) {
	def, err := ParseDefinition([]byte(`
name: echo
weight: 910
stage: General Availability
descriptions: {en: Echo, ru: Эхо}
requirements:
  deckhouse: ">= 1.68"
  modules: {csi-nfs: ">= 0.1.0 !optional"}
accessibility:
  editions:
    se-plus: {available: true, enabledInBundles: [Default]}
update:
  versions: [{from: "1.2", to: "1.5"}]
future: field
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Definition{
		Name: "echo", Weight: 910, Stage: StageGeneralAvailability,
		Descriptions: Texts{English: "Echo", Russian: "Эхо"},
		Requirements: Requirements{Deckhouse: ">= 1.68", Modules: map[string]string{"csi-nfs": ">= 0.1.0 !optional"}},
		Accessibility: Accessibility{Editions: map[string]Edition{
			"se-plus": {Available: true, EnabledInBundles: []string{"Default"}},
		}},
		Update: Update{Versions: []UpdateVersion{{From: "1.2", To: "1.5"}}},
	}
	if diff := cmp.Diff(want, def); diff != "" {
		t.Errorf("definition (-want +got):\n%s", diff)
	}
}

func TestParseDefinitionErrors(t *testing.T) {
	for in, want := range map[string]string{
		"name: [a]":        "module.yaml cannot be read: line 1: expected text, found a list",
		"weight: heavy":    "module.yaml cannot be read: line 1: expected a number, found text `heavy`",
		"name: a\n\tb: c":  "module.yaml cannot be read: line 2: found a tab character that violates indentation",
		"- a list":         "module.yaml cannot be read: line 1: expected a mapping, found a list",
		"name: a\nname: b": `module.yaml cannot be read: line 2: mapping key "name" already defined at line 1`,
		"requirements: []": "module.yaml cannot be read",
	} {
		_, err := ParseDefinition([]byte(in))
		checkError(t, in, err, want)
	}
}

func TestParseVersionFile(t *testing.T) {
	cases := []struct{ in, want, wantErr string }{
		{`{"version":"v1.2.3"}`, "v1.2.3", ""},
		{"{\n  \"version\": \"dev\",\n  \"suspend\": true\n}\n", "dev", ""},
		{`{"version":""}`, "", "has no version"},
		{`{}`, "", "has no version"},
		{`{"version":null}`, "", "has no version"},
		{`{"version":1}`, "", "not a JSON object"},
		{`"v1.2.3"`, "", "not a JSON object"},
		{`{"version":"v1"} x`, "", "not a JSON object"},
		{``, "", "not a JSON object"},
	}
	for _, c := range cases {
		got, err := ParseVersionFile([]byte(c.in))
		checkError(t, c.in, err, c.wantErr)
		if got != c.want {
			t.Errorf("ParseVersionFile(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestParseDigests(t *testing.T) {
	d := "sha256:" + strings.Repeat("0a", 32)
	cases := []struct{ in, wantErr string }{
		{`{"echo":"` + d + `"}`, ""},
		{`{}`, ""},
		{`{"echo":"` + d + `"`, "not JSON"},
		{``, "not JSON"},
		{`[]`, "not a JSON object"},
		{`null`, "not a JSON object"},
		{`{"m":{"echo":"` + d + `"}}`, "not flat"},
		{`{"m":1}`, "not flat"},
		{`{"m":null}`, "not flat"},
		{`{"m":["` + d + `"]}`, "not flat"},
		{`{"m":"v1.2.3"}`, "64 hexadecimal digits"},
		{`{"m":"` + strings.ToUpper(d) + `"}`, "64 hexadecimal digits"},
		{`{"m":"` + d + `"} {}`, "text after"},
		{`{"m":"` + d + `","m":"` + d + `"}`, "twice"},
	}
	for _, c := range cases {
		got, err := ParseDigests([]byte(c.in))
		checkError(t, c.in, err, c.wantErr)
		if err == nil && got == nil {
			t.Errorf("ParseDigests(%q) = nil", c.in)
		}
	}
}

// checkError fails the test unless err is nil for an empty want, or has want in
// its text.
func checkError(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: unexpected error: %v", what, err)
	case want != "" && err == nil:
		t.Errorf("%s: no error, want one with %q", what, want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("%s: error %q, want one with %q", what, err, want)
	}
}
