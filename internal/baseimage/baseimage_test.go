package baseimage_test

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/localregistry"
)

// tinySources are a toolbox that compiles in no time and needs no module.
func tinySources(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{
		"go.mod":      "module tiny\n\ngo 1.26.0\n",
		"main.go":     "package main\n\nfunc main() {}\n",
		"applets.txt": "[\ncat\nsh\n",
	} {
		write(t, filepath.Join(dir, file), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTag(t *testing.T) {
	tag := func(dir string) string {
		t.Helper()
		tag, err := baseimage.Tag(dir)
		if err != nil {
			t.Fatal(err)
		}
		return tag
	}
	dir := tinySources(t)
	first := tag(dir)
	if !regexp.MustCompile(`^src-[0-9a-f]{12}$`).MatchString(first) {
		t.Errorf("tag %q is not src- and 12 digits", first)
	}
	if other := tag(tinySources(t)); other != first {
		t.Errorf("the same sources in another folder have tag %s, want %s", other, first)
	}
	write(t, filepath.Join(dir, "main_test.go"), "package main\n")
	if other := tag(dir); other != first {
		t.Errorf("a test changed the tag to %s, want %s", other, first)
	}
	write(t, filepath.Join(dir, "applets.txt"), "sh\n")
	if other := tag(dir); other == first {
		t.Errorf("a changed list of applets kept the tag %s", other)
	}
	if _, err := baseimage.Tag(t.TempDir()); err == nil {
		t.Error("an empty folder got a tag")
	}
}

func TestImage(t *testing.T) {
	dir := tinySources(t)
	binary := filepath.Join(t.TempDir(), "binary")
	write(t, binary, "program")
	image, err := baseimage.Image(binary, dir, "arm64")
	if err != nil {
		t.Fatal(err)
	}
	again, err := baseimage.Image(binary, dir, "arm64")
	if err != nil {
		t.Fatal(err)
	}
	if digest(t, image) != digest(t, again) {
		t.Error("two images of the same content have different digests")
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got := config.OS + "/" + config.Architecture; got != "linux/arm64" {
		t.Errorf("platform %s, want linux/arm64", got)
	}
	want := map[string]string{
		"bin/": "dir 755", "dev/": "dir 755", "etc/": "dir 755", "proc/": "dir 755", "root/": "dir 700", "sys/": "dir 755",
		"tmp/": "dir 1777", "usr/": "dir 755", "usr/bin/": "dir 755", "var/": "dir 755",
		"usr/bin/env": "-> /bin/toolbox", "bin/[": "-> toolbox", "bin/cat": "-> toolbox", "bin/sh": "-> toolbox",
		"bin/toolbox": "file 755", "etc/group": "file 644", "etc/passwd": "file 644",
	}
	if diff := cmp.Diff(want, entries(t, image)); diff != "" {
		t.Errorf("entries of the image (-want +got):\n%s", diff)
	}
}

func digest(t *testing.T, image v1.Image) v1.Hash {
	t.Helper()
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func entries(t *testing.T, image v1.Image) map[string]string {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v; want one", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	found := map[string]string{}
	archive := tar.NewReader(content)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found[header.Name] = describe(header)
	}
}

func describe(header *tar.Header) string {
	mode := strconv.FormatInt(header.Mode, 8)
	switch header.Typeflag {
	case tar.TypeDir:
		return "dir " + mode
	case tar.TypeSymlink:
		return "-> " + header.Linkname
	}
	return "file " + mode
}

func TestPush(t *testing.T) {
	ctx := t.Context()
	server, err := localregistry.Serve(ctx, localregistry.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(ctx) })
	dir, cache := tinySources(t), t.TempDir()
	opts := baseimage.PushOptions{SourceDir: dir, CompileOptions: baseimage.CompileOptions{CacheDir: cache, Arch: "arm64"}}
	ref, err := baseimage.Push(ctx, server.Addr(), opts)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := baseimage.Tag(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := server.Addr() + "/base/toolbox:" + tag; ref != want {
		t.Errorf("reference %s, want %s", ref, want)
	}
	binaries, err := filepath.Glob(filepath.Join(cache, "*", "*"))
	if err != nil || len(binaries) != 1 {
		t.Fatalf("the cache holds %v (%v), want one binary", binaries, err)
	}
	// A second push takes the binary from the cache: it sends what is there.
	write(t, binaries[0], "cached")
	if _, err := baseimage.Push(ctx, server.Addr(), opts); err != nil {
		t.Fatal(err)
	}
	pushed, err := remote.Image(mustParse(t, ref), remote.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	want, err := baseimage.Image(binaries[0], dir, "arm64")
	if err != nil {
		t.Fatal(err)
	}
	if digest(t, pushed) != digest(t, want) {
		t.Errorf("the registry has %s, want %s", digest(t, pushed), digest(t, want))
	}
}

func mustParse(t *testing.T, ref string) name.Reference {
	t.Helper()
	parsed, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestCompileError(t *testing.T) {
	dir := tinySources(t)
	write(t, filepath.Join(dir, "main.go"), "package main\n\nfunc main() { missing() }\n")
	_, err := baseimage.Compile(t.Context(), dir, baseimage.CompileOptions{CacheDir: t.TempDir()})
	if err == nil || !regexp.MustCompile(`undefined: missing`).MatchString(err.Error()) {
		t.Errorf("error %v, want the compiler's", err)
	}
}
