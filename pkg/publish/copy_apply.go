package publish

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/remote"
)

// applyContent transfers the content of a copied version in waves: first the
// images, then what refers to them, at last the indexes that list that. All of
// it is read back before a tag of the version appears.
func (s *Publisher) applyContent(ctx context.Context, plan *Plan) error {
	var written []step
	for wave := range waves {
		group, groupCtx := errgroup.WithContext(ctx)
		group.SetLimit(s.client.Jobs())
		for _, step := range plan.steps {
			if step.kind != contentRef || step.wave != wave || !step.writes() {
				continue
			}
			written = append(written, step)
			group.Go(func() error { return s.applyContentStep(groupCtx, step) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	if err := s.lookAt(ctx, written); err != nil {
		return err
	}
	for _, step := range written {
		if step.Current != step.Desired {
			return exit.With(exit.Failed, fmt.Errorf("copy %s: the target has %q, expected %s", step.Ref, step.Current, step.Desired),
				"look at the target registry's log; copying again resumes")
		}
	}
	return s.checkReferrers(ctx, plan, written)
}

func (s *Publisher) applyContentStep(ctx context.Context, step step) error {
	manifest, err := s.client.FetchManifest(ctx, step.source)
	if err != nil {
		return err
	}
	if step.wave == waveFallback {
		err = s.client.PutFallback(ctx, remote.Fallback{Tag: step.target, Current: step.Current, Index: manifest})
	} else {
		_, err = s.client.Transfer(ctx, step.source.Repo, step.target, manifest)
	}
	*step.done = err == nil
	return err
}

// checkReferrers looks whether the referrers that were written are found at the
// target: by the API where no fallback tag was needed.
func (s *Publisher) checkReferrers(ctx context.Context, plan *Plan, written []step) error {
	tagged, unproven := map[string]bool{}, map[remote.Reference][]string{}
	for _, step := range plan.steps {
		tagged[step.Ref] = step.wave == waveFallback
	}
	for _, step := range written {
		if step.wave != waveAttached || !step.target.Digest {
			continue
		}
		manifest, err := s.client.FetchManifest(ctx, step.source)
		if err != nil {
			return err
		}
		subject := remote.SubjectOf(manifest)
		if subject != "" && !tagged[step.target.At(remote.DigestTag(subject)).String()] {
			image := step.target.At(subject)
			unproven[image] = append(unproven[image], step.Desired)
		}
	}
	for image, digests := range unproven {
		if err := s.client.CheckListed(ctx, image, digests); err != nil {
			return err
		}
	}
	return nil
}
