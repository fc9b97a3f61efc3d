package werfenv

import (
	"context"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/werf/logboek"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/image"
)

// lookUpBackend is werf's Buildah backend over one that only looks up.
func lookUpBackend(t *testing.T, found *image.Info, err error) *container_backend.BuildahBackend {
	b := lookUpBuildah{config: func(context.Context, string) (*image.Info, error) { return found, err }}
	return container_backend.NewBuildahBackend(b, container_backend.BuildahBackendOptions{TmpDir: t.TempDir()})
}

// TestLookUpSaysWhatEntersDigests: the platform, and a base image's configuration.
func TestLookUpSaysWhatEntersDigests(t *testing.T) {
	base := &image.Info{Env: []string{"PATH=/bin"}, OnBuild: []string{"RUN x"}, Labels: map[string]string{"a": "b"}, Volumes: map[string]struct{}{"/v": {}}}
	backend := lookUpBackend(t, base, nil)
	got, err := backend.GetImageInfo(t.Context(), "r.example.com/base:1", container_backend.GetImageInfoOpts{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{base.Env, base.OnBuild, base.Labels, base.Volumes}, []any{got.Env, got.OnBuild, got.Labels, got.Volumes}); diff != "" {
		t.Error(diff)
	}
	if want := runtime.GOOS + "/" + runtime.GOARCH; backend.GetDefaultPlatform() != want || backend.GetRuntimePlatform() != want || !backend.HasStapelBuildSupport() {
		t.Errorf("platforms %s and %s, want %s", backend.GetDefaultPlatform(), backend.GetRuntimePlatform(), want)
	}
	gone := errors.New("not there")
	if _, err := lookUpBackend(t, nil, gone).GetImageInfo(t.Context(), "x", container_backend.GetImageInfoOpts{}); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
}

// TestLookUpDoesNothing: what a build would need for is an error to branch on,
// through all of werf's wrapping.
func TestLookUpDoesNothing(t *testing.T) {
	backend, ctx := lookUpBackend(t, nil, nil), logboek.NewContext(t.Context(), logboek.NewLogger(io.Discard, io.Discard))
	for name, do := range map[string]func() error{
		"pull": func() error { return backend.Pull(ctx, "x", container_backend.PullOpts{}) },
		"push": func() error { return backend.Push(ctx, "x", container_backend.PushOpts{}) },
		"checksum of an import": func() error {
			_, err := backend.CalculateDependencyImportChecksum(ctx, container_backend.DependencyImportSpec{ImageName: "x"}, container_backend.CalculateDependencyImportChecksum{})
			return err
		},
		"build": func() error {
			_, err := backend.BuildStapelStage(ctx, "x", container_backend.BuildStapelStageOptions{})
			return err
		},
		"save": func() error { _, err := backend.SaveImageToStream(ctx, "x"); return err },
	} {
		if err := do(); !errors.Is(err, ErrLookUp) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOpenForLookUps needs no rights and no storage.
func TestOpenForLookUps(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("WERF_HOME", t.TempDir())
	t.Setenv(envMode, "native-chroot")
	flags, err := NewFlags()
	if err != nil {
		t.Fatal(err)
	}
	process, _, err := Open(t.Context(), flags, OpenOptions{Use: LookUp, RunDir: t.TempDir(), Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Close()
	if backend, ok := process.Backend.(*container_backend.BuildahBackend); !ok || backend.TmpDir == "" {
		t.Errorf("backend %T", process.Backend)
	}
}
