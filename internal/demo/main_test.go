package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnvironment(t *testing.T) {
	got := environment([]string{
		"HOME=/home/me", "MODULES_MODULE_SOURCE=registry.example/modules", "MODULES_REGISTRY_PASSWORD=x",
		"RELEASE_CHANNEL=stable", "WERF_REPO=registry.example/x", "WERF_BUILDAH_MODE=docker",
	})
	if diff := cmp.Diff([]string{"HOME=/home/me", "WERF_BUILDAH_MODE=docker"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
