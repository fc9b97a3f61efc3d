package e2e

import (
	"path/filepath"
	"testing"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// shape is a module of this repository that the tests build.
type shape struct {
	name string // "echo" or a directory of testdata/modules
	env  []string
	// images the module is made of; with the default selection all of them
	// are built.
	images int
}

// dir is the module's directory, from the directory of this package.
func (s shape) dir() string { return moduleDir(s.name) }

func moduleDir(name string) string {
	if name == "echo" {
		return filepath.Join("..", "examples", "echo")
	}
	return filepath.Join("testdata", "modules", name)
}

// repo makes a git repository of the module whose base image is in the
// registry at addr.
func (s shape) repo(t testing.TB, addr string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), s.name)
	if err := modulerepo.Materialise(t.Context(), dir, s.dir(), modulerepo.Options{Registry: addr}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shapes are the modules of this repository and what they need. Images counts
// those that are built by default: the final ones and what they need.
var shapes = []shape{
	{name: "echo", images: 8},
	{name: "old-artifact", env: []string{"CI_COMMIT_REF_NAME=v0.1.0"}, images: 7},
	{name: "catalog", images: 9},
	{name: "prepare-bundle", env: []string{"CI_JOB_TOKEN=token"}, images: 7},
	{name: "inlined", images: 13},
	{name: "minimal", images: 3},
	{name: "editions", env: []string{"WERF_ENV=EE"}, images: 6},
	{name: "chains", env: []string{"CHAINS_UNIT_MS=50"}, images: 13},
	{name: "dockerfile-staged", images: 8},
}

func shapeNamed(name string) shape {
	for _, s := range shapes {
		if s.name == name {
			return s
		}
	}
	panic("no shape " + name)
}
