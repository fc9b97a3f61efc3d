package module

import (
	"strings"
	"testing"
)

func TestIsVersion(t *testing.T) {
	for tag, want := range map[string]bool{
		"v1.2.3": true, "v0.0.0": true, "v10.20.30": true,
		"1.2.3": false, "v1.2": false, "v01.2.3": false, "v1.02.3": false, "v1.2.3-rc.1": false,
		"v1.2.3+x": false, "V1.2.3": false, "v1.2.3.4": false, "v1-2-3": false, "": false, "v1.2.3\n": false, "pr12": false,
	} {
		if got := IsVersion(tag); got != want {
			t.Errorf("IsVersion(%q) = %v", tag, got)
		}
	}
}

// TestReadAsVersion: who takes what for a version (consumer-contract, 1.4, 1.6
// and section 2).
func TestReadAsVersion(t *testing.T) {
	for _, tc := range []struct {
		tag                     string
		reserved, step, foreign bool
	}{
		{"v1.2.3", true, true, false},
		{"v12345", true, true, false}, // by chance of its dots; a single number to semver
		{"v1-2-3", true, true, false},
		{"v01.2.3", true, true, false},
		{"1.2.3", true, false, true},
		{"v1.2", true, false, true},
		{"v1", true, false, true},
		{"v1.2.3.4", true, false, false},
		{"v1.2.3-rc.1", false, false, true},
		{"pr12", false, false, false},
	} {
		if got := ReadsAsVersion(tc.tag); got != tc.reserved {
			t.Errorf("ReadsAsVersion(%q) = %v", tc.tag, got)
		}
		if got := IsUpgradeStep(tc.tag); got != tc.step {
			t.Errorf("IsUpgradeStep(%q) = %v", tc.tag, got)
		}
		if got := IsForeignVersion(tc.tag) && !IsUpgradeStep(tc.tag); got != tc.foreign {
			t.Errorf("IsForeignVersion(%q) = %v", tc.tag, got)
		}
	}
}

func TestCheckTag(t *testing.T) {
	for _, tag := range []string{"v1.2.3", "pr12", "_x", "A.b-c_d", strings.Repeat("a", 128)} {
		checkError(t, tag, CheckTag(tag), "")
	}
	for tag, want := range map[string]string{
		"": "empty", "feature/x": "not valid", ".a": "not valid", "-a": "not valid", "a b": "not valid", "é": "not valid",
		"a+b": "not valid", strings.Repeat("a", 129): "129 characters", "a\n": "not valid",
	} {
		checkError(t, tag, CheckTag(tag), want)
	}
}

func TestDevTag(t *testing.T) {
	hex64 := strings.Repeat("0", 64)
	cases := []struct{ branch, want string }{
		{"main", "main"},
		{"feature/x", "feature-x"},
		{"pr12", "pr12"},
		{"release-1.2", "release-1.2"},
		{"v1.2.3-rc.1", "v1.2.3-rc.1"},
		{"v1.2.3-dev1", "v1.2.3-dev1"},
		{"api/v0.1.0", "api-v0.1.0"},
		{"v1.2.3", "branch-v1.2.3"},
		{"v1.2.3/", "branch-v1.2.3"},
		{"/v1.2.3", "branch-v1.2.3"},
		{".v1.2.3", "branch-v1.2.3"},
		{"v1/2/3", "branch-v1-2-3"}, // the controller's pattern has unescaped dots
		{"v1-2-3", "branch-v1-2-3"},
		{"v12345", "branch-v12345"},
		{"v1", "branch-v1"},
		{"1.2.3", "branch-1.2.3"},
		{"v1.2", "branch-v1.2"},
		{"v01.2.3", "branch-v01.2.3"},
		{"v1.2.3.4", "branch-v1.2.3.4"},
		{"stable", "branch-stable"},
		{"Alpha", "branch-Alpha"},
		{"early-access", "branch-early-access"},
		{"early/access", "branch-early-access"},
		{"sha256-" + hex64 + ".att", "branch-sha256-" + hex64 + ".att"},
		{".hidden", "hidden"},
		{"-dash", "dash"},
		{"_under", "_under"},
		{"a b", "a-b"},
		{"", "branch"},
		{"///", "branch-732c4e97"},
		{"ветка", "branch-d3638b68"},
		{"ветка-7", "7-94783d0e"},
		{"dependabot/go_modules/k8s.io/api-0.31.0", "dependabot-go_modules-k8s.io-api-0.31.0"},
	}
	for _, c := range cases {
		got := DevTag(c.branch)
		if got != c.want {
			t.Errorf("DevTag(%q) = %q, want %q", c.branch, got, c.want)
		}
		checkDevTag(t, c.branch, got)
	}
}

func TestDevTagLong(t *testing.T) {
	long := strings.Repeat("x", 200)
	a, b := DevTag(long+"/a"), DevTag(long+"/b")
	if a == b {
		t.Errorf("two long branches give the same tag %q", a)
	}
	checkDevTag(t, long, a)
	digits := DevTag("v" + strings.Repeat("1", 127)) // valid and full, but reserved
	checkDevTag(t, "digits", digits)
}

// checkDevTag checks what every dev tag promises.
func checkDevTag(t *testing.T, branch, tag string) {
	t.Helper()
	if err := CheckTag(tag); err != nil {
		t.Errorf("DevTag(%q): %v", branch, err)
	}
	if isReserved(tag) || IsVersion(tag) {
		t.Errorf("DevTag(%q) = %q, which a consumer takes for something else", branch, tag)
	}
	if again := DevTag(tag); again != tag {
		t.Errorf("DevTag(%q) = %q, and of that %q", branch, tag, again)
	}
}
