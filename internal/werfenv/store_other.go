//go:build !linux

package werfenv

import (
	"github.com/containers/storage"
	"github.com/werf/werf/v2/pkg/buildah"
)

// storeOf is nil: Buildah exists on Linux only.
func storeOf(buildah.Buildah) storage.Store { return nil }
