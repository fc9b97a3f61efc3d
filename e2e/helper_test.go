package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/modship/modship/internal/build/helper"
	"github.com/modship/modship/internal/build/start"
	"github.com/modship/modship/internal/localregistry"
)

// TestHelperProgram: Buildah's helper processes run in the helper program, and in
// this one where that cannot be executed.
func TestHelperProgram(t *testing.T) {
	needBuilds(t)
	need(t, helper.Path != "", "helper program in this binary (task helper, and the build tag modship_helper)")
	t.Parallel()
	registry := newRegistry(t, localregistry.Options{})
	registry.pushBase(t)
	dir := shapeNamed("chains").repo(t, registry.Addr())
	home := newHome(t)
	build := func(salt string) {
		t.Helper()
		home.with("CHAINS_UNIT_MS=1", "CHAINS_SALT="+salt).modship(t, dir, "build", "a2", "--source", registry.source(), "--name", "chains", "--tag", "v0.1.0")
	}
	build("")
	storage, err := filepath.Glob(filepath.Join(home.dir, "*", "data", "containers", "lib", filepath.Base(helper.Path)))
	if err != nil || len(storage) != 1 {
		t.Fatalf("the helper program is not in the container storage: %q, %v", storage, err)
	}
	program := storage[0]
	for _, name := range start.LightHelpers() {
		cmd := exec.CommandContext(t.Context(), program)
		cmd.Args = []string{name}
		out, _ := cmd.CombinedOutput() // it is told nothing to do
		if bytes.Contains(out, []byte("are started by modship")) {
			t.Errorf("the helper program has no %s", name)
		}
	}

	// A program that is not what it should be shows that it is executed.
	if err := os.WriteFile(program, []byte("#!/bin/false\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if r := home.with("CHAINS_UNIT_MS=1", "CHAINS_SALT=broken").run(t, dir, "modship", "build", "a2", "--source", registry.source(), "--name", "chains", "--tag", "v0.1.0"); r.code == 0 {
		t.Error("helpers do not run in the helper program")
	}
	if err := os.Chmod(program, 0o600); err != nil {
		t.Fatal(err)
	}
	build("alone")
}
