package prune

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// stagePattern is the form of werf's stage tags: a content digest and the time
// of the build in milliseconds.
var stagePattern = regexp.MustCompile(`^[0-9a-f]{56}-([0-9]{13})$`)

// werfPattern matches the tags by which werf keeps its stages and its records
// in the bundle repository (werf v2.69, pkg/storage/repo_stages_storage.go).
var werfPattern = regexp.MustCompile(`^(managed-image-|meta-|custom-tag-meta-|import-metadata-|client-id-)|^(sync-server|cleanup)$|-rejected$`)

func isWerfTag(tag string) bool { return stagePattern.MatchString(tag) || werfPattern.MatchString(tag) }

// recordPattern matches werf's records that a commit of an image was built to a
// stage: image, commit and stage (werf v2.69, pkg/storage/repo_stages_storage.go).
var recordPattern = regexp.MustCompile(`^meta-([^_]+)_([0-9a-f]{40})_([0-9a-f]{56}-[0-9]{13})$`)

// keepByPolicies adds the stages that the policies keep to what stays, with the
// stages that they are built on.
func (p *pruner) keepByPolicies(ctx context.Context) error {
	if p.request.Policies == nil || !p.request.Stages {
		return nil
	}
	builds := map[string]map[string][]string{}
	for _, tag := range p.bundleTags {
		if match := recordPattern.FindStringSubmatch(tag); match != nil {
			image, commit, stage := match[1], match[2], match[3]
			if builds[image] == nil {
				builds[image] = map[string][]string{}
			}
			builds[image][stage] = append(builds[image][stage], commit)
		}
	}
	kept, err := p.request.Policies.KeptStages(ctx, builds)
	if err != nil {
		return err
	}
	for _, tag := range p.bundleTags {
		if match := stagePattern.FindStringSubmatch(tag); match != nil && (kept[tag] || p.isBuiltWithin(match[1])) {
			p.keep.addStage(tag)
		}
	}
	return nil
}

// isBuiltWithin reports whether the policies keep a stage for its age.
func (p *pruner) isBuiltWithin(milliseconds string) bool {
	built, err := strconv.ParseInt(milliseconds, 10, 64)
	return err == nil && p.session.now().Sub(time.UnixMilli(built)) < p.request.Policies.KeepBuiltWithin()
}

// chooseStages finds stages that nothing that stays needs: neither as one of
// its images nor as a stage that one of them is built on.
func (p *pruner) chooseStages(ctx context.Context) error {
	var stages []Deletion
	for _, tag := range p.bundleTags {
		match := stagePattern.FindStringSubmatch(tag)
		if match == nil {
			continue
		}
		milliseconds, err := strconv.ParseInt(match[1], 10, 64)
		if err != nil || p.isYoung(time.UnixMilli(milliseconds)) {
			continue
		}
		ref, err := p.session.client.ParseReference(p.request.Repository.Bundle(tag))
		if err != nil {
			return err
		}
		created := time.UnixMilli(milliseconds).UTC()
		stages = append(stages, Deletion{Ref: ref.String(), Created: &created, Reason: "stage that nothing needs", target: ref})
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.session.client.Jobs())
	for i := range stages {
		group.Go(func() error {
			manifest, found, err := p.session.client.FindManifest(ctx, stages[i].target)
			if err != nil || !found || p.keep.needs(manifest) {
				return err
			}
			stages[i].Digest = manifest.Digest
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, stage := range stages {
		if stage.Digest != "" {
			p.deletions = append(p.deletions, stage)
		}
	}
	return nil
}
