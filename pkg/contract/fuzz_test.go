package contract

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// tarReader serves one tar stream, as it is, as every image.
type tarReader struct {
	*fakeRegistry
	stream []byte
}

func (r tarReader) Walk(_ context.Context, _ string, fn func(*tar.Header, io.Reader) error) error {
	t := tar.NewReader(bytes.NewReader(r.stream))
	for {
		hdr, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(hdr, t); err != nil {
			return err
		}
	}
}

// FuzzTar gives foreign tar streams to all checks of contents: they never
// panic, and answer the same twice.
func FuzzTar(f *testing.F) {
	bundle, release := newContent(curTag, map[string]string{"echo": "sha256:" + strings.Repeat("0", 64)}).images()
	f.Add(tarOf(bundle.entries))
	f.Add(tarOf(release.entries))
	f.Add(tarOf([]fakeEntry{
		{hdr: tar.Header{Name: "../x", Typeflag: tar.TypeReg}},
		{hdr: tar.Header{Name: "/", Typeflag: tar.TypeDir}},
		{hdr: tar.Header{Name: "loop", Typeflag: tar.TypeLink, Linkname: "loop"}},
		{hdr: tar.Header{Name: "module.yaml", Typeflag: tar.TypeLink, Linkname: "absent"}},
	}))
	f.Fuzz(func(t *testing.T, stream []byte) {
		w := newWorld(ScopeImages)
		images := w.build(ScopeImages)
		images.Tag = newTag
		run := func() ([]Violation, string) {
			found, err := CheckImages(context.Background(), tarReader{w.reg, stream}, echo, images, Options{})
			if err != nil {
				return found, "error"
			}
			return found, ""
		}
		first, firstErr := run()
		second, secondErr := run()
		if diff := cmp.Diff(first, second); diff != "" || firstErr != secondErr {
			t.Errorf("two runs differ:\n%s", diff)
		}
	})
}

// FuzzFiles gives foreign files to the checks, each in the place of one that
// they read.
func FuzzFiles(f *testing.F) {
	names := []string{
		artifact.DefinitionFile, artifact.ChartFile, artifact.ExtraFile, artifact.IgnoreFile, "changelog.yaml", configValuesFile, valuesFile,
		"openapi/conversions/v2.yaml", "templates/deployment.yaml", "charts/lib.tgz", artifact.ReadmeFile,
	}
	for i, seed := range []string{
		"name: echo\nupdate: {versions: [{from: \"1.0\", to: \"1.3\"}]}", "name: echo", `{"a": 1.10}`, "!crds\n/docs/\n", "- a",
		"properties: {registry: {}}", "items: [{}]", "version: 2", `{{ include "helm_lib_module_image" (list . "x" (include "n" .)) }}{{ dig "a" "b" $config }}`, "\x1f\x8b", "",
	} {
		f.Add(i, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		name := names[(which%len(names)+len(names))%len(names)]
		files := fstest.MapFS{name: {Data: data, Mode: 0o644}}
		opts := RepositoryOptions{Name: "echo", Tag: curTag, Images: []string{"echo"}}
		first := CheckRepository(context.Background(), files, opts)
		if diff := cmp.Diff(first, CheckRepository(context.Background(), files, opts)); diff != "" {
			t.Errorf("two runs differ:\n%s", diff)
		}
	})
}

// FuzzChangelog gives foreign metadata to the checks of a release image.
func FuzzChangelog(f *testing.F) {
	f.Add(`{"version":"v1.2.3"}`, "features: []")
	f.Add(`{"version":1}`, "- a")
	f.Fuzz(func(t *testing.T, version, changelog string) {
		w := newWorld(ScopePublished)
		w.subject.setRelease(artifact.VersionFile, version)
		w.subject.setRelease("changelog.yaml", changelog)
		found := w.check(t, ScopePublished, w.build(ScopePublished))
		if v, err := module.ParseVersionFile([]byte(version)); Failed(found) == (err == nil && v == curTag) {
			t.Errorf("version.json %q: %v", version, found)
		}
	})
}
