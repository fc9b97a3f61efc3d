package lint

import (
	"maps"
	"testing"
	"testing/fstest"

	"github.com/modship/modship/internal/chart"
)

// FuzzRun checks a module with a foreign file, in the place of each that is read.
// It never panics.
func FuzzRun(f *testing.F) {
	names := []string{"templates/server.yaml", "openapi/values.yaml", "openapi/config-values.yaml", "crds/echo.yaml", "hooks/echo.sh", ".modship/values/a.yaml", "module.yaml"}
	for i, seed := range []string{server, "properties: {a: {default: [1], properties: {b: 1}}}", "x-examples: {a: 1}\nproperties: 1", crd, hook, "echo: [1]", "requirements: {kubernetes: \">= 1.29\"}"} {
		f.Add(uint8(i), seed)
	}
	f.Fuzz(func(t *testing.T, which uint8, data string) {
		texts := maps.Clone(sound)
		texts[names[int(which)%len(names)]] = data
		fsys := fstest.MapFS{}
		for name, text := range texts {
			fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o755}
		}
		files, err := chart.ReadFiles(fsys)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = Run(t.Context(), Module{Name: "echo", FS: fsys, Files: files})
	})
}
