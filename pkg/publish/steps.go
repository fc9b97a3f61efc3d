package publish

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// newStep makes the step for a tag; image is the digest reference to put there.
func (s *Publisher) newStep(k kind, tag, image string) (step, error) {
	target, err := s.client.ParseReference(tag)
	if err != nil {
		return step{}, err
	}
	made := step{Write: Write{Ref: tag}, kind: k, target: target}
	if image == "" {
		return made, nil
	}
	if made.source, err = s.client.ParseReference(image); err != nil {
		return step{}, err
	}
	if !made.source.Digest {
		return step{}, errkind.New(ErrRequest, "image %q: expected a reference by digest, registry/repository@sha256:…", image)
	}
	made.Desired = made.source.Identifier
	return made, nil
}

// channelSteps makes the steps of channels, lowest first.
func (s *Publisher) channelSteps(repository module.Repository, channels []module.Channel, source remote.Reference) ([]step, error) {
	var steps []step
	for _, channel := range module.Channels() {
		if !slices.Contains(channels, channel) {
			continue
		}
		made, err := s.newStep(channelTag, repository.Channel(channel), "")
		if err != nil {
			return nil, err
		}
		made.channel, made.source, made.Desired = channel, source, source.Identifier
		steps = append(steps, made)
	}
	for _, channel := range channels {
		if _, err := module.ParseChannel(string(channel)); err != nil {
			return nil, errkind.With(ErrRequest, err)
		}
	}
	return steps, nil
}

// lookAt finds out where the tags of steps are now.
func (s *Publisher) lookAt(ctx context.Context, steps []step) error {
	group, ctx := errgroup.WithContext(ctx)
	for i := range steps {
		group.Go(func() (err error) {
			steps[i].Current, _, err = s.client.Head(ctx, steps[i].target)
			return err
		})
	}
	return group.Wait()
}

// readListed does so by the list of tags, and reads the manifests of those that
// exist: which version they are of is asked next.
func (s *Publisher) readListed(ctx context.Context, steps []step, listed []string) error {
	group, ctx := errgroup.WithContext(ctx)
	for i := range steps {
		if !slices.Contains(listed, steps[i].target.Identifier) {
			continue
		}
		group.Go(func() error {
			manifest, found, err := s.client.FindManifest(ctx, steps[i].target)
			if found {
				steps[i].Current = manifest.Digest
			}
			return err
		})
	}
	return group.Wait()
}
