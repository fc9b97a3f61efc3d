// Package release checks what goreleaser made: `task release-check` makes the
// snapshot and names its directory in MODSHIP_RELEASE_DIR.
package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// directory returns the directory of the snapshot.
func directory(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("MODSHIP_RELEASE_DIR")
	if dir == "" {
		t.Skip("MODSHIP_RELEASE_DIR names no snapshot: run task release-check")
	}
	return dir
}

// version returns the version of the snapshot, which goreleaser noted.
func version(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(directory(t), "metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	var meta struct{ Version string }
	if err := json.Unmarshal(data, &meta); err != nil || meta.Version == "" {
		t.Fatalf("metadata.json has no version (%v): %s", err, data)
	}
	return meta.Version
}

// file returns the path of modship_<version>_<rest>, which has to be there.
func file(t *testing.T, rest string) string {
	t.Helper()
	path := filepath.Join(directory(t), "modship_"+version(t)+"_"+rest)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

var platforms = []string{"linux_amd64", "linux_arm64", "darwin_arm64"}

func TestChecksums(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(directory(t), "checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		content, err := os.ReadFile(filepath.Join(directory(t), name))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(content)); got != sum {
			t.Errorf("%s has the checksum %s, checksums.txt says %s", name, got, sum)
		}
		named[name] = true
	}
	for _, platform := range platforms {
		archive := "modship_" + version(t) + "_" + platform + ".tar.gz"
		for _, name := range []string{archive, archive + ".sbom.json"} {
			if !named[name] {
				t.Errorf("checksums.txt does not name %s", name)
			}
		}
	}
}

func TestArchives(t *testing.T) {
	want := []string{
		"CHANGELOG.md", "LICENSE", "README.md", "completions/modship.bash", "completions/modship.fish",
		"completions/modship.zsh", "man/modship-publish.1", "man/modship.1", "modship",
	}
	for _, platform := range platforms {
		files := unpack(t, file(t, platform+".tar.gz"))
		for _, name := range want {
			if len(files[name]) == 0 {
				t.Errorf("%s has no %s", platform, name)
			}
		}
		if err := machine(files["modship"], platform); err != nil {
			t.Errorf("%s: %v", platform, err)
		}
		if !bytes.Contains(files["modship"], []byte("v"+version(t))) {
			t.Errorf("%s: the program does not hold its version v%s", platform, version(t))
		}
	}
}

// machine checks that a program is one for the platform, and needs no other files.
func machine(program []byte, platform string) error {
	if platform == "darwin_arm64" {
		f, err := macho.NewFile(bytes.NewReader(program))
		if err == nil && f.Cpu != macho.CpuArm64 {
			err = fmt.Errorf("it is a program for %s", f.Cpu)
		}
		return err
	}
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return err
	}
	want := map[string]elf.Machine{"linux_amd64": elf.EM_X86_64, "linux_arm64": elf.EM_AARCH64}[platform]
	if f.Machine != want {
		return fmt.Errorf("it is a program for %s", f.Machine)
	}
	if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
		return fmt.Errorf("it needs %v (%w)", libraries, err)
	}
	return nil
}

func unpack(t *testing.T, path string) map[string][]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(zip); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBillOfMaterials(t *testing.T) {
	for _, platform := range platforms {
		data, err := os.ReadFile(file(t, platform+".tar.gz.sbom.json"))
		if err != nil {
			t.Fatal(err)
		}
		var sbom struct {
			Packages []struct{ Name, VersionInfo string }
		}
		if err := json.Unmarshal(data, &sbom); err != nil {
			t.Fatal(err)
		}
		named := func(p struct{ Name, VersionInfo string }) bool {
			return strings.Contains(p.Name, "delivery-kit") && p.VersionInfo != ""
		}
		if !slices.ContainsFunc(sbom.Packages, named) {
			t.Errorf("%s: none of %d packages is werf's", platform, len(sbom.Packages))
		}
	}
}

// TestInstall installs the snapshot with the line of the README, and publishes
// the example with what it installed.
func TestInstall(t *testing.T) {
	dir := directory(t)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const releases = "https://github.com/modship/modship/releases"
	line := regexp.MustCompile(`(?m)^curl .*install\.sh \| sh$`).FindString(string(readme))
	if !strings.Contains(line, releases+"/latest/download/") {
		t.Fatalf("the README has no line that installs a release: %q", line)
	}
	files := http.NewServeMux()
	files.Handle("/latest/download/", http.StripPrefix("/latest/download/", http.FileServer(http.Dir(dir))))
	files.HandleFunc("/latest/download/install.sh", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "../../install.sh") })
	server := httptest.NewServer(files)
	t.Cleanup(server.Close)
	bin := t.TempDir()
	cmd := exec.Command("sh", "-euc", strings.ReplaceAll(line, releases, server.URL))
	cmd.Env = append(os.Environ(), "MODSHIP_BASE_URL="+server.URL, "MODSHIP_INSTALL_DIR="+bin)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "modship v"+version(t)+" (werf ") {
		t.Fatalf("%v\n%s", err, out)
	}
	demo := exec.Command("go", "run", "./internal/demo", "--modship", filepath.Join(bin, "modship"), "--dir", filepath.Join(t.TempDir(), "echo"))
	demo.Dir = "../.."
	demo.Env = append(os.Environ(), "MODSHIP_HOME="+t.TempDir())
	if out, err := demo.CombinedOutput(); err != nil || !strings.Contains(string(out), "consumers can read it") {
		t.Errorf("%v\n%s", err, out)
	}
}
