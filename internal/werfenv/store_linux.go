package werfenv

import (
	"github.com/containers/storage"
	"github.com/werf/werf/v2/pkg/buildah"
)

// storeOf is the container storage that Buildah uses, nil if it has none.
func storeOf(b buildah.Buildah) storage.Store {
	if native, ok := b.(*buildah.NativeBuildah); ok {
		return native.Store
	}
	return nil
}
