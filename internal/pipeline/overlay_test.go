package pipeline

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestOverlay(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	o := overlay{
		upper:  fstest.MapFS{"templates/a.yaml": file("commit"), "module.yaml": file("commit"), "images/x/Dockerfile": file("commit")},
		lower:  fstest.MapFS{"templates/a.yaml": file("work tree"), "templates/b.yaml": file("work tree"), "new.yaml": file("work tree"), "images/x/main.go": file("work tree")},
		choose: ofChart,
	}
	if err := fstest.TestFS(o, "templates/a.yaml", "module.yaml", "images/x/main.go"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"templates/a.yaml": "commit", "images/x/main.go": "work tree"} {
		if got, err := fs.ReadFile(o, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"templates/b.yaml", "new.yaml", "images/x/Dockerfile"} {
		if _, err := fs.Stat(o, name); err == nil {
			t.Errorf("%s is there", name)
		}
	}
}
