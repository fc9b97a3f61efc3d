package remote

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
)

func TestWalkSquashes(t *testing.T) {
	r := registrytest.New(t)
	s := newClient(r)
	for _, test := range []struct {
		name   string
		layers [][]registrytest.File
		want   []string
	}{
		{"one layer keeps names", [][]registrytest.File{{registrytest.Dir("./hooks/"), {Name: "./hooks/a", Content: "1"}}}, []string{"./hooks/ ", "./hooks/a 1"}},
		{"the upper file counts", [][]registrytest.File{{{Name: "a", Content: "1"}}, {{Name: "a", Content: "2"}}}, []string{"a 2"}},
		{"a file is hidden", [][]registrytest.File{{{Name: "d/a", Content: "1"}, {Name: "d/b", Content: "1"}}, {{Name: "d/.wh.a"}}}, []string{"d/b 1"}},
		{"a directory is hidden", [][]registrytest.File{{registrytest.Dir("d/"), {Name: "d/a", Content: "1"}, {Name: "db", Content: "1"}}, {{Name: ".wh.d"}}}, []string{"db 1"}},
		{"a directory is emptied", [][]registrytest.File{{registrytest.Dir("d/"), {Name: "d/a", Content: "1"}}, {{Name: "d/.wh..wh..opq"}, {Name: "d/b", Content: "2"}}}, []string{"d/ ", "d/b 2"}},
		{"a directory stays before its files", [][]registrytest.File{{registrytest.Dir("d/"), {Name: "d/a", Content: "1"}}, {registrytest.Dir("d/"), {Name: "d/b", Content: "2"}}}, []string{"d/ ", "d/a 1", "d/b 2"}},
		{"a file in place of a directory", [][]registrytest.File{{registrytest.Dir("d/"), {Name: "d/a", Content: "1"}}, {{Name: "d", Content: "2"}}}, []string{"d 2"}},
		{"a whiteout does not hide its own layer", [][]registrytest.File{{{Name: "a", Content: "1"}}, {{Name: ".wh.a"}, {Name: "a", Content: "2"}}}, []string{"a 2"}},
		{"no layers", nil, nil},
	} {
		ref := r.Push(r.Repository("echo").BundleRepo(), registrytest.Image(t, test.layers...))
		var got []string
		err := s.Walk(t.Context(), ref, func(header *tar.Header, content io.Reader) error {
			got = append(got, header.Name+" "+string(registrytest.ReadAll(t, content)))
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestWalkStops(t *testing.T) {
	r := registrytest.New(t)
	ref := r.Push(r.Repository("echo").BundleRepo(), registrytest.Image(t, []registrytest.File{{Name: "a"}, {Name: "b"}}))
	seen := 0
	err := newClient(r).Walk(t.Context(), ref, func(*tar.Header, io.Reader) error {
		seen++
		return StopWalk
	})
	if err != nil || seen != 1 {
		t.Errorf("Walk went on for %d entries and returned %v", seen, err)
	}
}

func TestFiles(t *testing.T) {
	r := registrytest.New(t)
	s := newClient(r)
	small := registrytest.Image(t, []registrytest.File{{Name: "./Version.json", Content: "{}"}, {Name: "sub/module.yaml", Content: "no"}})
	got, err := s.Files(t.Context(), r.Push(r.Repository("echo").BundleRepo(), small), "version.json", "module.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]byte{"version.json": []byte("{}")}, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	large := registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: string(make([]byte, module.MaxMetadataSize+1))}})
	if _, err := s.Files(t.Context(), r.Push(r.Repository("echo").BundleRepo(), large), "version.json"); err == nil {
		t.Error("a version.json that the controller does not read was read")
	}
}

func TestIndexIsReadAsAmd64(t *testing.T) {
	r := registrytest.New(t)
	s := newClient(r)
	repo := r.Repository("echo").BundleRepo()
	both := r.Push(repo, registrytest.Index(map[string]v1.Image{
		"arm64": registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: "arm"}}),
		"amd64": registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: "amd"}}),
	}))
	files, err := s.Files(t.Context(), both, "version.json")
	if err != nil || string(files["version.json"]) != "amd" {
		t.Errorf("index: %q, %v", files, err)
	}
	platforms, err := s.Platforms(t.Context(), both)
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, platforms); diff != "" || err != nil {
		t.Errorf("platforms: %v (-want +got):\n%s", err, diff)
	}
	silent, err := mutate.ConfigFile(registrytest.Image(t, []registrytest.File{{Name: "a"}}), &v1.ConfigFile{})
	if err != nil {
		t.Fatal(err)
	}
	platforms, err = s.Platforms(t.Context(), r.Push(repo, silent))
	if diff := cmp.Diff([]string{"unknown"}, platforms); diff != "" || err != nil {
		t.Errorf("platforms of an image that does not say: %v (-want +got):\n%s", err, diff)
	}
	arm := r.Push(repo, registrytest.Index(map[string]v1.Image{"arm64": registrytest.Image(t, []registrytest.File{{Name: "a"}})}))
	if _, err := s.Files(t.Context(), arm, "version.json"); !errors.Is(err, module.ErrPlatform) {
		t.Errorf("index without amd64: %v", err)
	}
}

func TestTagsOfManyPages(t *testing.T) {
	r := registrytest.New(t)
	s := newClient(r)
	repo := r.Repository("echo").BundleRepo()
	ref, err := s.ParseReference(r.Push(repo, registrytest.Image(t, []registrytest.File{{Name: "a"}})))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := s.FetchManifest(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	const tags = 1100 // a page has at most 1000
	for n := range tags {
		if _, err := s.PutManifest(t.Context(), ref.At(fmt.Sprintf("tag-%04d", n)), manifest); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Tags(t.Context(), repo)
	if err != nil || len(got) != tags || got[tags-1] != "tag-1099" {
		t.Errorf("%d tags, %v, want %d", len(got), err, tags)
	}
	if none, err := s.Tags(t.Context(), r.Addr+"/modules/absent"); err != nil || len(none) != 0 {
		t.Errorf("tags of an absent repository: %v, %v", none, err)
	}
}
