package build

import (
	"context"
	"errors"
	"sync"

	"github.com/werf/werf/v2/pkg/build/stage"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/image"
	"github.com/werf/werf/v2/pkg/storage"
	"github.com/werf/werf/v2/pkg/storage/manager"
)

// errNotCopied ends the look-up of an image that needs the content of one which
// a build would first copy into the repository.
var errNotCopied = errors.New("the image is in a secondary repository only")

// readOnly is a storage manager that looks stages up and writes nothing: what a
// build would copy or record it only pretends to.
type readOnly struct {
	*preparing

	mu        sync.Mutex
	pretended map[string]bool // names of stages that a build would copy
}

var _ manager.StorageManagerInterface = (*readOnly)(nil)

func newReadOnly(m *manager.StorageManager) *readOnly {
	return &readOnly{preparing: &preparing{StorageManager: m}, pretended: map[string]bool{}}
}

// GetStagesStorage returns the repository without its writing calls.
func (m *readOnly) GetStagesStorage() storage.PrimaryStagesStorage {
	return readOnlyStages{m.preparing.GetStagesStorage()}
}

// CopySuitableStageDescByDigest returns what the copy would be.
func (m *readOnly) CopySuitableStageDescByDigest(_ context.Context, desc *image.StageDesc, _, to storage.StagesStorage, _ container_backend.ContainerBackend, _ string) (*image.StageDesc, error) {
	copied := manager.ConvertStageDescForStagesStorage(desc, to)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pretended[copied.Info.Name] = true
	return copied, nil
}

// isCopy reports whether a stage is in the repository only once a build has
// copied it there.
func (m *readOnly) isCopy(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pretended[name]
}

// FetchStage refuses stages that are not really in the repository.
func (m *readOnly) FetchStage(ctx context.Context, backend container_backend.ContainerBackend, s stage.Interface) (manager.FetchStageInfo, error) {
	if m.isCopy(s.GetStageImage().Image.Name()) {
		return manager.FetchStageInfo{}, errNotCopied
	}
	return m.preparing.FetchStage(ctx, backend, s)
}

// CopyStageIntoCacheStorages does nothing.
func (m *readOnly) CopyStageIntoCacheStorages(context.Context, image.StageID, []storage.StagesStorage, manager.CopyStageIntoStorageOptions) error {
	return nil
}

// readOnlyStages is a repository of stages without the calls that a look-up
// would write with.
type readOnlyStages struct{ storage.PrimaryStagesStorage }

func (readOnlyStages) PutImportMetadata(context.Context, string, *storage.ImportMetadata, storage.PutImportMetadataOptions) error {
	return nil
}

func (readOnlyStages) RmImportMetadata(context.Context, string, string) error { return nil }
