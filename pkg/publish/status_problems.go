package publish

import (
	"context"
	"fmt"
	"slices"

	"github.com/modship/modship/pkg/module"
)

func (r *statusReader) findVersion(ctx context.Context, channel *ChannelStatus) error {
	if channel.Digest == "" {
		return nil
	}
	for i := range r.versions {
		if v := &r.versions[i]; v.Release == channel.Digest {
			channel.Version = v.Version
			v.Channels = append(v.Channels, channel.Channel)
			if v.Bundle == "" {
				channel.Problems = append(channel.Problems, fmt.Sprintf("is on %s, which has no bundle", v.Version))
			}
			return nil
		}
	}
	ref, err := r.session.client.ParseReference(r.repository.ReleaseRepo() + "@" + channel.Digest)
	if err != nil {
		return err
	}
	version, err := r.session.versionAt(ctx, ref)
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		channel.Problems = append(channel.Problems, fmt.Sprintf("is on an image that cannot be read: %v", err))
		return nil
	}
	channel.Version = version
	channel.Problems = append(channel.Problems, fmt.Sprintf("is on an image that calls itself %s, but no version tag is on that image", version))
	return nil
}

// falseVersions lists the tags in the bundle repository that are not versions
// but that a consumer reads as one.
func (r *statusReader) falseVersions() []string {
	var problems []string
	for _, tag := range r.bundleTags {
		reader := ""
		switch {
		case module.IsVersion(tag):
		case module.IsUpgradeStep(tag):
			reader = "clusters"
		case module.IsForeignVersion(tag):
			reader = "d8 mirror"
		}
		if reader != "" {
			problems = append(problems, fmt.Sprintf("the tag %s is not a version, but %s may take it for one: delete it", tag, reader))
		}
	}
	return problems
}

func (r *statusReader) devTags() []string {
	tags := []string{}
	for _, tag := range r.bundleTags {
		if !module.IsVersion(tag) && slices.Contains(r.releaseTags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}
