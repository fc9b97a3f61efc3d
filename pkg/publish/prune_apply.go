package publish

import (
	"context"
	"fmt"
	"net/http"

	"github.com/modship/modship/internal/exit"
)

// ApplyPrune removes what the plan lists and notes there what became of each. It
// stops at the first failure; planning again goes on from there. If something
// was published since the plan was made, or began to be, nothing is removed: it
// may need what the plan lists.
func (s *Session) ApplyPrune(ctx context.Context, plan *PrunePlan) error {
	if len(plan.Deletions) == 0 {
		return nil
	}
	now := &pruner{session: s, request: PruneRequest{Repository: plan.repository}}
	if err := now.list(ctx); err != nil {
		return err
	}
	for _, ref := range sortedKeys(now.seen()) {
		if !plan.seen[ref] {
			return exit.With(exit.Failed, fmt.Errorf("prune: %s appeared meanwhile: %w", ref, errRace), "nothing was deleted; run it again")
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
func (s *Session) deleteTag(ctx context.Context, plan *PrunePlan, deletion *Deletion) error {
	err := s.deleteManifest(ctx, deletion.target.repo, deletion.target.identifier)
	status := statusOf(err)
	if status != http.StatusMethodNotAllowed && status != http.StatusBadRequest {
		return err
	}
	if plan.protected[deletion.Digest] {
		deletion.Stays = "the registry cannot delete a tag without its image, which is still needed"
		return nil
	}
	return s.deleteManifest(ctx, deletion.target.repo, deletion.Digest)
}

// Prune removes dev tags and stages: [Session.PlanPrune] and
// [Session.ApplyPrune].
func (s *Session) Prune(ctx context.Context, request PruneRequest) (*PrunePlan, error) {
	plan, err := s.PlanPrune(ctx, request)
	if err != nil {
		return nil, err
	}
	return plan, s.ApplyPrune(ctx, plan)
}
