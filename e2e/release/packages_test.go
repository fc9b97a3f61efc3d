package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// needProgram skips the test where a program is missing, and fails it on CI.
func needProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("this machine has no %s, and CI=true asks for it", name)
	}
	t.Skipf("this machine has no %s", name)
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestDebianPackage(t *testing.T) {
	needProgram(t, "dpkg-deb")
	deb := file(t, "linux_amd64.deb")
	if got := strings.TrimSpace(run(t, "dpkg-deb", "--field", deb, "Version")); strings.ReplaceAll(got, "~", "-") != version(t) {
		t.Errorf("the package has version %s, want %s", got, version(t))
	}
	root := t.TempDir()
	run(t, "dpkg-deb", "--extract", deb, root)
	if out := run(t, filepath.Join(root, "usr/bin/modship"), "version"); !strings.HasPrefix(out, "modship v"+version(t)+" ") {
		t.Errorf("the program in it says %q", out)
	}
	for _, name := range []string{
		"share/man/man1/modship.1", "share/man/man1/modship-publish.1", "share/doc/modship/copyright",
		"share/bash-completion/completions/modship", "share/zsh/vendor-completions/_modship", "share/fish/vendor_completions.d/modship.fish",
	} {
		if _, err := os.Stat(filepath.Join(root, "usr", name)); err != nil {
			t.Error(err)
		}
	}
}

// TestDebianPackageBringsWhatItNeeds asks apt what it would install on a
// machine that has neither uidmap nor git, without doing so.
func TestDebianPackageBringsWhatItNeeds(t *testing.T) {
	needProgram(t, "apt-get")
	deb, err := filepath.Abs(file(t, "linux_amd64.deb"))
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile("/var/lib/dpkg/status")
	if err != nil {
		t.Fatal(err)
	}
	paragraph := regexp.MustCompile(`(?ms)^Package: (uidmap|git)\n.*?\n\n`)
	without := filepath.Join(t.TempDir(), "status")
	if err := os.WriteFile(without, paragraph.ReplaceAll(status, nil), 0o644); err != nil {
		t.Fatal(err)
	}
	out := run(t, "apt-get", "--simulate", "--no-install-recommends", "-o", "Dir::State::status="+without, "install", deb)
	for _, name := range []string{"modship", "uidmap", "git"} {
		if !strings.Contains(out, "\nInst "+name+" ") {
			t.Errorf("%s would not be installed:\n%s", name, out)
		}
	}
}

// TestInstallDebianPackage changes the machine, which is for CI.
func TestInstallDebianPackage(t *testing.T) {
	directory(t)
	if os.Getenv("CI") != "true" || os.Geteuid() != 0 {
		t.Skip("installs a package: only as root with CI=true")
	}
	deb, err := filepath.Abs(file(t, "linux_amd64.deb"))
	if err != nil {
		t.Fatal(err)
	}
	run(t, "apt-get", "-qy", "--no-install-recommends", "install", deb)
	t.Cleanup(func() { run(t, "apt-get", "-qy", "remove", "modship") })
	if out := run(t, "/usr/bin/modship", "version"); !strings.HasPrefix(out, "modship v"+version(t)+" ") {
		t.Errorf("the installed program says %q", out)
	}
}

func TestRPMPackage(t *testing.T) {
	rpm := file(t, "linux_amd64.rpm")
	needProgram(t, "rpm")
	requires := run(t, "rpm", "-qp", "--nosignature", "--requires", rpm)
	for _, name := range []string{"git", "shadow-utils", "ca-certificates"} {
		if !strings.Contains(requires, name+"\n") {
			t.Errorf("it does not require %s:\n%s", name, requires)
		}
	}
	if files := run(t, "rpm", "-qpl", "--nosignature", rpm); !strings.Contains(files, "/usr/bin/modship\n") {
		t.Errorf("it has no program:\n%s", files)
	}
	if got := run(t, "rpm", "-qp", "--nosignature", "--queryformat", "%{VERSION}", rpm); strings.NewReplacer("~", "-", "_", "-").Replace(got) != version(t) {
		t.Errorf("it has version %s, want %s", got, version(t))
	}
}
