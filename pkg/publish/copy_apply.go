package publish

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/remote"
)

// applyContent transfers the content of a copied version in waves: first the
// images, then what refers to them, at last the indexes that list that. All of
// it is read back before a tag of the version appears.
func (a *applier) applyContent(ctx context.Context) error {
	var written []step
	for wave := range waves {
		group, groupCtx := errgroup.WithContext(ctx)
		group.SetLimit(a.client.Jobs())
		for _, step := range a.plan.steps {
			if step.kind != contentRef || step.wave != wave || !step.writes() {
				continue
			}
			written = append(written, step)
			group.Go(func() error { return a.applyContentStep(groupCtx, step) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	if err := a.lookAt(ctx, written); err != nil {
		return err
	}
	for _, step := range written {
		if step.Current != step.Desired {
			return errkind.New(remote.ErrAltered, "copy %s: the target has %q, expected %s", step.Ref, step.Current, step.Desired)
		}
	}
	return a.checkReferrers(ctx, written)
}

func (a *applier) applyContentStep(ctx context.Context, step step) error {
	manifest, err := a.client.FetchManifest(ctx, step.source)
	if err != nil {
		return err
	}
	if step.wave == waveFallback {
		err = a.client.PutFallback(ctx, remote.Fallback{Tag: step.target, Current: step.Current, Index: manifest})
	} else {
		_, err = a.client.Transfer(ctx, step.source.Repo, step.target, manifest)
	}
	*step.done = err == nil
	return err
}

// checkReferrers looks whether the referrers that were written are found at the
// target: by the API where no fallback tag was needed.
func (a *applier) checkReferrers(ctx context.Context, written []step) error {
	tagged, unproven := map[string]bool{}, map[remote.Reference][]string{}
	for _, step := range a.plan.steps {
		tagged[step.Ref] = step.wave == waveFallback
	}
	for _, step := range written {
		if step.wave != waveAttached || !step.target.Digest {
			continue
		}
		manifest, err := a.client.FetchManifest(ctx, step.source)
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
		if err := a.client.CheckListed(ctx, image, digests); err != nil {
			return err
		}
	}
	return nil
}
