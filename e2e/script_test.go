package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// TestScripts runs the scripts of testdata/script. Each has a home of its own
// and, at $REGISTRY, an empty registry; $SOURCE is the module source in it.
func TestScripts(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Setup:               setupScript,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    cmdExits,
			"base":     cmdBase,
			"module":   cmdModule,
			"commit":   cmdCommit,
			"fault":    cmdFault,
			"writes":   cmdWrites,
			"snapshot": cmdSnapshot,
			"empty":    cmdEmpty,
			"secret":   cmdSecret,
			"replace":  cmdReplace,
		},
	})
}

// inRegistry finds a script's registry among its values.
type inRegistry struct{}

func setupScript(env *testscript.Env) error {
	vars, err := homeEnv(env.WorkDir)
	if err != nil {
		return err
	}
	opts := localregistry.Options{}
	// The first file of a script may ask for a login.
	if login, err := os.ReadFile(filepath.Join(env.WorkDir, "registry-login")); err == nil {
		opts.Username, opts.Password, _ = strings.Cut(strings.TrimSpace(string(login)), ":")
	}
	r, err := startRegistry(context.Background(), opts)
	if err != nil {
		return err
	}
	env.Defer(r.stop)
	env.Values[inRegistry{}] = r
	env.Vars = append(append(env.Vars, vars...), "REGISTRY="+r.Addr(), "SOURCE="+r.source())
	return nil
}

func scriptRegistry(ts *testscript.TestScript) *testRegistry {
	return ts.Value(inRegistry{}).(*testRegistry)
}

// usage ends the script when the number of arguments is wrong.
func usage(ts *testscript.TestScript, ok bool, text string) {
	if !ok {
		ts.Fatalf("usage: %s", text)
	}
}

// cmdExits runs a command that has to end with an exit code other than 0:
// exits CODE PROGRAM ARGS...
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "exits CODE PROGRAM [ARG...]")
	err := ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	switch {
	case err == nil:
		ts.Fatalf("it succeeded, want exit code %s", args[0])
	case !errors.As(err, &ended):
		ts.Fatalf("%v", err)
	case strconv.Itoa(ended.ExitCode()) != args[0]:
		ts.Fatalf("exit code %d, want %s", ended.ExitCode(), args[0])
	}
}

// cmdBase puts the modules' base image into the registry: base.
func cmdBase(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "base")
	_, err := baseimage.Push(context.Background(), scriptRegistry(ts).Addr(), baseimage.PushOptions{})
	ts.Check(err)
	scriptRegistry(ts).takeWrites()
}

// cmdModule makes a git repository of a module: module NAME DIR.
func cmdModule(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "module NAME DIR")
	opts := modulerepo.Options{Registry: scriptRegistry(ts).Addr()}
	ts.Check(modulerepo.Materialise(context.Background(), ts.MkAbs(args[1]), moduleDir(args[0]), opts))
}

// cmdCommit commits everything in a directory: commit DIR.
func cmdCommit(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "commit DIR")
	ts.Check(modulerepo.Commit(context.Background(), ts.MkAbs(args[0]), "A change"))
}

// cmdFault spoils the registry from now on: fault KIND.
func cmdFault(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "fault KIND")
	scriptRegistry(ts).setFault(fault(args[0]))
}

// cmdWrites asks for requests since the last time that could change the
// registry: writes. "! writes" asks for none.
func cmdWrites(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 0, "[!] writes")
	writes := scriptRegistry(ts).takeWrites()
	switch {
	case neg && len(writes) > 0:
		ts.Fatalf("the registry was written to:\n%s", strings.Join(writes, "\n"))
	case !neg && len(writes) == 0:
		ts.Fatalf("the registry was not written to")
	}
}

// cmdSnapshot writes every tag of the registry and its digest into a file:
// snapshot FILE.
func cmdSnapshot(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "snapshot FILE")
	lines, err := snapshot(scriptRegistry(ts).Addr())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}

// cmdEmpty asks that directories are empty or not there: empty DIR...
func cmdEmpty(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "empty DIR...")
	for _, dir := range args {
		entries, err := os.ReadDir(ts.MkAbs(dir))
		if err != nil && !os.IsNotExist(err) {
			ts.Fatalf("%v", err)
		}
		for _, e := range entries {
			ts.Fatalf("%s holds %s", dir, e.Name())
		}
	}
}

// cmdSecret asks that no file below the directories holds the text: secret TEXT
// DIR... Container storage is left out: what a build puts into an image is its
// own business.
func cmdSecret(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "secret TEXT DIR...")
	for _, dir := range args[1:] {
		found, err := filesWith(ts.MkAbs(dir), args[0], "containers")
		ts.Check(err)
		if len(found) > 0 {
			ts.Fatalf("the secret is in %s", strings.Join(found, ", "))
		}
	}
}

// cmdReplace replaces a text in a file, wherever it stands: replace FILE OLD NEW.
func cmdReplace(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 3, "replace FILE OLD NEW")
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o644))
}

// filesWith returns the regular files below dir that hold text; directories named
// in except are left out.
func filesWith(dir, text string, except ...string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(except, entry.Name()):
			return filepath.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), text) {
			found = append(found, path)
		}
		return err
	})
	return found, err
}
