package build

import (
	"testing"

	"github.com/werf/werf/v2/pkg/image"
	"github.com/werf/werf/v2/pkg/storage"
	"github.com/werf/werf/v2/pkg/storage/manager"
)

// TestReadOnlyCopy: a stage of a secondary repository counts as found, and is
// known not to be in the repository yet.
func TestReadOnlyCopy(t *testing.T) {
	m := newReadOnly(&manager.StorageManager{})
	to := &storage.RepoStagesStorage{RepoAddress: "r.example/modules/echo"}
	from := &image.StageDesc{StageID: image.NewStageID("abc", 12), Info: &image.Info{Name: "local:abc-12", Tag: "abc-12"}}
	desc, err := m.CopySuitableStageDescByDigest(t.Context(), from, nil, to, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := "r.example/modules/echo:abc-12"; desc.Info.Name != want || !m.isCopy(want) {
		t.Errorf("the copy is %s, copy %v, want %s", desc.Info.Name, m.isCopy(want), want)
	}
	if m.isCopy("r.example/modules/echo:def-13") {
		t.Error("a stage that is there counts as a copy")
	}
}
