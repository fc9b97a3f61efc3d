package pipeline

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/werfenv"
)

// TestRefusedCheckout: git's reason comes first, whatever the command.
func TestRefusedCheckout(t *testing.T) {
	r := newRig(t)
	r.builds("dev", "one")
	opts := r.options("dev", nil)
	t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
	for name, run := range map[string]func() error{
		"publish": func() error { _, err := r.publish(opts); return err },
		"plan":    func() error { _, err := r.plan(opts); return err },
		"read":    func() error { _, err := Read(t.Context(), opts); return err },
		"since":   func() error { _, err := ReadSince(t.Context(), opts, "HEAD"); return err },
	} {
		if err := run(); !errors.Is(err, git.ErrOtherOwner) || !strings.Contains(exit.HintOf(err), "safe.directory") {
			t.Errorf("%s: %v (hint %s)", name, err, exit.HintOf(err))
		}
	}
}

// TestSparseCheckout: what werf reads has to be there; what it only builds is
// taken from the commit.
func TestSparseCheckout(t *testing.T) {
	r := newRig(t)
	r.builds("dev", "one")
	var variables map[string]string
	r.change = func(d *Deps) {
		open := d.OpenWerf
		d.OpenWerf = func(ctx context.Context, o werfenv.OpenOptions) (Werf, context.Context, error) {
			variables = o.Variables
			return open(ctx, o)
		}
	}
	r.git("git sparse-checkout set --no-cone '/*' '!/docs/'")
	if _, err := r.publish(r.options("dev", nil)); err != nil || variables["GIT_CONFIG_KEY_0"] != "core.sparseCheckout" {
		t.Errorf("without docs: %v, variables %v", err, variables)
	}
	r.git("git sparse-checkout disable")
	r.write(map[string]string{"images/hello/werf.inc.yaml": "# more\n", ".werf/lib.tmpl": "# more\n"})
	r.commit("two")
	for _, tc := range []struct{ pattern, file string }{{"/images/", "images/hello/werf.inc.yaml"}, {"/.werf/", ".werf/lib.tmpl"}} {
		r.git("git sparse-checkout set --no-cone '/*' '!" + tc.pattern + "'")
		_, err := r.publish(r.options("dev", nil))
		if err == nil || !strings.HasPrefix(err.Error(), "prepare: the sparse checkout leaves out what werf reads from the work tree: "+tc.file) || !strings.Contains(exit.HintOf(err), "git sparse-checkout add "+filepath.Dir(tc.file)+", or") {
			t.Errorf("without %s: %v (hint %s)", tc.file, err, exit.HintOf(err))
		}
	}
}

// TestPointersAreNotBuilt: an image with a file of which only the pointer to
// Git LFS is here is refused, by plan as by publish; others are built.
func TestPointersAreNotBuilt(t *testing.T) {
	r := newRig(t)
	r.builds("dev", "one")
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3000000\n"
	r.write(map[string]string{".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "unused/model.bin": pointer})
	r.commit("two")
	if _, err := r.publish(r.options("dev", nil)); err != nil {
		t.Fatalf("a file of no image: %v", err)
	}
	r.write(map[string]string{"images/hello/model.bin": pointer})
	r.commit("three")
	const want = "image hello has files that are kept in Git LFS, and only their pointers are here (git has no filter for it): images/hello/model.bin"
	_, err := r.publish(r.options("dev", nil))
	_, planErr := r.plan(r.options("dev", nil))
	if err == nil || err.Error() != "build: "+want || planErr == nil || planErr.Error() != "plan the build: "+want || !strings.Contains(exit.HintOf(err), "git lfs install") {
		t.Errorf("publish: %v (hint %s)\nplan: %v", err, exit.HintOf(err), planErr)
	}
	if r.builder.builds != 1 {
		t.Errorf("%d builds", r.builder.builds)
	}
	opts := r.options("dev", nil)
	opts.Images = []string{"release-channel-version"}
	if _, err := r.job(opts).run(t.Context(), (*job).build); err != nil {
		t.Errorf("an image without such files: %v", err)
	}
}
