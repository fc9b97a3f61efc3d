// Package install tests install.sh against releases on a local server.
package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// script is install.sh, from this directory.
const script = "../../install.sh"

// release is a release as GitHub serves it: files by path.
type release map[string][]byte

// newRelease returns the release of a version for all platforms, which is also
// the latest. The program in it prints a version.
func newRelease(t *testing.T, version, program string) release {
	t.Helper()
	files := release{}
	var sums bytes.Buffer
	for _, platform := range []string{"linux_amd64", "linux_arm64", "darwin_arm64"} {
		name := "modship_" + version + "_" + platform + ".tar.gz"
		data := archive(t, map[string]string{"README.md": "# modship", "modship": program})
		files.add(version, name, data)
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), name)
		fmt.Fprintf(&sums, "%x  %s.sbom.json\n", sha256.Sum256(nil), name)
	}
	files.add(version, "checksums.txt", sums.Bytes())
	return files
}

func (r release) add(version, name string, data []byte) {
	r["/download/v"+version+"/"+name] = data
	r["/latest/download/"+name] = data
}

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ServeHTTP sends the file; of one that is marked as cut off, only a part.
func (r release) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	data, ok := r[request.URL.Path]
	if !ok {
		http.NotFound(w, request)
		return
	}
	if whole, cut := bytes.CutSuffix(data, cutMark); cut {
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
		_, _ = w.Write(whole[:len(whole)/2])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(data)
}

// cutMark ends a file whose download breaks in the middle.
var cutMark = []byte("<cut off>")

const works = "#!/bin/sh\necho \"modship v0.1.0 (werf v2)\"\n"

func archiveName() string {
	return fmt.Sprintf("modship_0.1.0_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
}

func TestInstall(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, r release)
		env    []string
		want   string // in the output
		fails  bool
	}{
		{name: "the latest", want: "modship v0.1.0 (werf v2), installed as "},
		{name: "a version", env: []string{"MODSHIP_VERSION=v0.1.0"}, want: "installed as "},
		{name: "a version without v", env: []string{"MODSHIP_VERSION=0.1.0"}, want: "installed as "},
		{name: "the latest by name", env: []string{"MODSHIP_VERSION=latest"}, want: "installed as "},
		{name: "no such version", env: []string{"MODSHIP_VERSION=v9.9.9"}, want: "cannot download", fails: true},
		{name: "wrong checksum", fails: true, want: "nothing was installed", change: func(t *testing.T, r release) {
			r.add("0.1.0", archiveName(), archive(t, map[string]string{"modship": works + "# changed\n"}))
		}},
		{name: "broken download", fails: true, want: "cannot download", change: func(_ *testing.T, r release) {
			r.add("0.1.0", archiveName(), append(r["/latest/download/"+archiveName()], cutMark...))
		}},
		{name: "broken checksums", fails: true, want: "cannot download", change: func(_ *testing.T, r release) {
			r.add("0.1.0", "checksums.txt", append(r["/latest/download/checksums.txt"], cutMark...))
		}},
		{name: "no archive for the platform", fails: true, want: "names no archive for", change: func(_ *testing.T, r release) {
			r.add("0.1.0", "checksums.txt", []byte(strings.Repeat("0", 64)+"  modship_0.1.0_plan9_arm.tar.gz\n"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelease(t, "0.1.0", works)
			if tt.change != nil {
				tt.change(t, r)
			}
			dir := filepath.Join(t.TempDir(), "new", "bin")
			out, err := install(t, r, dir, tt.env...)
			if (err != nil) != tt.fails || !strings.Contains(out, tt.want) {
				t.Errorf("%v, want failure %t and %q in the output:\n%s", err, tt.fails, tt.want, out)
			}
			var want []string
			if !tt.fails {
				want = []string{"modship"}
			}
			if got := list(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("the directory holds %v, want %v", got, want)
			}
		})
	}
}

// TestFailureKeepsTheOldProgram: what is installed is replaced by a program that
// runs, or not at all.
func TestFailureKeepsTheOldProgram(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "modship")
	if err := os.WriteFile(old, []byte("old"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := install(t, newRelease(t, "0.1.0", "#!/bin/sh\necho broken; exit 1\n"), dir)
	if err == nil || !strings.Contains(out, "does not run here: broken") {
		t.Errorf("%v, want it to fail because the program does not run:\n%s", err, out)
	}
	if data, _ := os.ReadFile(old); string(data) != "old" {
		t.Errorf("the old program became %q", data)
	}
	if out, err := install(t, newRelease(t, "0.1.0", works), dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if data, _ := os.ReadFile(old); string(data) != works {
		t.Errorf("the old program was not replaced: %q", data)
	}
}

// TestUnknownPlatform asks for a sentence, not for a 404.
func TestUnknownPlatform(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "uname"), []byte("#!/bin/sh\n[ \"$1\" = -s ] && echo SunOS || echo sparc\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := install(t, release{}, t.TempDir(), "PATH="+bin+":"+os.Getenv("PATH"))
	if err == nil || !strings.Contains(out, "there is no release for SunOS on sparc") {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestHalfAScriptDoesNothing: piped into a shell, the script may be cut off.
func TestHalfAScriptDoesNothing(t *testing.T) {
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "bin")
	for _, size := range []int{len(text) / 3, len(text) / 2, len(text) - 12} {
		cmd := exec.Command("sh")
		cmd.Stdin = bytes.NewReader(text[:size])
		cmd.Env = append(os.Environ(), "MODSHIP_INSTALL_DIR="+dir, "MODSHIP_BASE_URL=http://127.0.0.1:1")
		_ = cmd.Run()
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("the first %d of %d bytes made %s", size, len(text), dir)
		}
	}
}

func install(t *testing.T, r release, dir string, env ...string) (string, error) {
	t.Helper()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	cmd := exec.Command("sh", script)
	cmd.Env = append(append(os.Environ(), "MODSHIP_BASE_URL="+server.URL, "MODSHIP_INSTALL_DIR="+dir, "MODSHIP_VERSION="), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
