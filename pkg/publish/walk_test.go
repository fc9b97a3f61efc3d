package publish

import (
	"archive/tar"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

func TestWalkSquashes(t *testing.T) {
	r := newRig(t)
	s := newSession(r)
	for _, test := range []struct {
		name   string
		layers [][]file
		want   []string
	}{
		{"one layer keeps names", [][]file{{dir("./hooks/"), {name: "./hooks/a", content: "1"}}}, []string{"./hooks/ ", "./hooks/a 1"}},
		{"the upper file counts", [][]file{{{name: "a", content: "1"}}, {{name: "a", content: "2"}}}, []string{"a 2"}},
		{"a file is hidden", [][]file{{{name: "d/a", content: "1"}, {name: "d/b", content: "1"}}, {{name: "d/.wh.a"}}}, []string{"d/b 1"}},
		{"a directory is hidden", [][]file{{dir("d/"), {name: "d/a", content: "1"}, {name: "db", content: "1"}}, {{name: ".wh.d"}}}, []string{"db 1"}},
		{"a directory is emptied", [][]file{{dir("d/"), {name: "d/a", content: "1"}}, {{name: "d/.wh..wh..opq"}, {name: "d/b", content: "2"}}}, []string{"d/ ", "d/b 2"}},
		{"a directory stays before its files", [][]file{{dir("d/"), {name: "d/a", content: "1"}}, {dir("d/"), {name: "d/b", content: "2"}}}, []string{"d/ ", "d/a 1", "d/b 2"}},
		{"a file in place of a directory", [][]file{{dir("d/"), {name: "d/a", content: "1"}}, {{name: "d", content: "2"}}}, []string{"d 2"}},
		{"a whiteout does not hide its own layer", [][]file{{{name: "a", content: "1"}}, {{name: ".wh.a"}, {name: "a", content: "2"}}}, []string{"a 2"}},
		{"no layers", nil, nil},
	} {
		ref := r.push(r.repository("echo").BundleRepo(), image(t, test.layers...))
		var got []string
		err := s.Walk(t.Context(), ref, func(header *tar.Header, content io.Reader) error {
			got = append(got, header.Name+" "+string(readAll(t, content)))
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
	r := newRig(t)
	ref := r.push(r.repository("echo").BundleRepo(), image(t, []file{{name: "a"}, {name: "b"}}))
	seen := 0
	err := newSession(r).Walk(t.Context(), ref, func(*tar.Header, io.Reader) error {
		seen++
		return StopWalk
	})
	if err != nil || seen != 1 {
		t.Errorf("Walk went on for %d entries and returned %v", seen, err)
	}
}

func TestFiles(t *testing.T) {
	r := newRig(t)
	s := newSession(r)
	small := image(t, []file{{name: "./Version.json", content: "{}"}, {name: "sub/module.yaml", content: "no"}})
	got, err := s.Files(t.Context(), r.push(r.repository("echo").BundleRepo(), small), "version.json", "module.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]byte{"version.json": []byte("{}")}, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	large := image(t, []file{{name: "version.json", content: string(make([]byte, module.MaxMetadataSize+1))}})
	if _, err := s.Files(t.Context(), r.push(r.repository("echo").BundleRepo(), large), "version.json"); err == nil {
		t.Error("a version.json that the controller does not read was read")
	}
}

func TestIndexIsReadAsAmd64(t *testing.T) {
	r := newRig(t)
	s := newSession(r)
	repo := r.repository("echo").BundleRepo()
	both := r.push(repo, index(map[string]v1.Image{
		"arm64": image(t, []file{{name: "version.json", content: "arm"}}),
		"amd64": image(t, []file{{name: "version.json", content: "amd"}}),
	}))
	files, err := s.Files(t.Context(), both, "version.json")
	if err != nil || string(files["version.json"]) != "amd" {
		t.Errorf("index: %q, %v", files, err)
	}
	platforms, err := s.Platforms(t.Context(), both)
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, platforms); diff != "" || err != nil {
		t.Errorf("platforms: %v (-want +got):\n%s", err, diff)
	}
	silent, err := mutate.ConfigFile(image(t, []file{{name: "a"}}), &v1.ConfigFile{})
	if err != nil {
		t.Fatal(err)
	}
	platforms, err = s.Platforms(t.Context(), r.push(repo, silent))
	if diff := cmp.Diff([]string{"unknown"}, platforms); diff != "" || err != nil {
		t.Errorf("platforms of an image that does not say: %v (-want +got):\n%s", err, diff)
	}
	arm := r.push(repo, index(map[string]v1.Image{"arm64": image(t, []file{{name: "a"}})}))
	if _, err := s.Files(t.Context(), arm, "version.json"); exit.CodeOf(err) != exit.Failed {
		t.Errorf("index without amd64: %v", err)
	}
}

func TestTagsOfManyPages(t *testing.T) {
	r := newRig(t)
	s := newSession(r)
	repo := r.repository("echo").BundleRepo()
	ref, err := s.parseReference(r.push(repo, image(t, []file{{name: "a"}})))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := s.mustManifest(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	const tags = 1100 // a page has at most 1000
	for n := range tags {
		if _, err := s.putManifest(t.Context(), ref.at(fmt.Sprintf("tag-%04d", n)), manifest); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Tags(t.Context(), repo)
	if err != nil || len(got) != tags || got[tags-1] != "tag-1099" {
		t.Errorf("%d tags, %v, want %d", len(got), err, tags)
	}
	if none, err := s.Tags(t.Context(), r.addr+"/modules/absent"); err != nil || len(none) != 0 {
		t.Errorf("tags of an absent repository: %v, %v", none, err)
	}
}
