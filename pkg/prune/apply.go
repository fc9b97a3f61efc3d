package prune

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/remote"
)

// Apply removes what the plan lists and notes there what became of each. It
// stops at the first failure; planning again goes on from there. If something
// was published since the plan was made, or began to be, nothing is removed: it
// may need what the plan lists.
func (s *Pruner) Apply(ctx context.Context, plan *Plan) error {
	if len(plan.Deletions) == 0 {
		return nil
	}
	now := &pruner{session: s, request: Request{Repository: plan.repository}}
	if err := now.list(ctx); err != nil {
		return err
	}
	for _, ref := range slices.Sorted(maps.Keys(now.seen())) {
		if !plan.seen[ref] {
			return errkind.New(ErrStale, "prune: %s appeared meanwhile: %w", ref, remote.ErrConflict)
		}
	}
	for i := range plan.Deletions {
		deletion := &plan.Deletions[i]
		if err := s.deleteTag(ctx, plan, deletion); err != nil {
			return err
		}
		deletion.Done = deletion.Stays == ""
	}
	return nil
}

// deleteTag removes a tag and leaves the image. Registries before distribution
// v3 cannot do that: there the image goes, unless something else needs it.
func (s *Pruner) deleteTag(ctx context.Context, plan *Plan, deletion *Deletion) error {
	err := s.client.DeleteManifest(ctx, deletion.target.Repo, deletion.target.Identifier)
	status := remote.StatusOf(err)
	if status != http.StatusMethodNotAllowed && status != http.StatusBadRequest {
		return err
	}
	if plan.protected[deletion.Digest] {
		deletion.Stays = "the registry cannot delete a tag without its image, which is still needed"
		return nil
	}
	return s.client.DeleteManifest(ctx, deletion.target.Repo, deletion.Digest)
}
