package publish

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/module"
)

// PruneRequest says what may go. Versions, channels and everything they need
// always stay.
type PruneRequest struct {
	Repository module.Repository
	// Pattern selects dev tags, as path.Match does; empty selects all. The tag
	// itself selects one that only the bundle repository has, too.
	Pattern string
	// OlderThan keeps what is younger. Without Pattern and OlderThan all dev
	// tags stay.
	OlderThan time.Duration
	// Stages removes werf's stages too, those that no tag that stays needs. One
	// of Pattern, OlderThan and Stages has to be given.
	Stages bool
}

// Deletion is one tag that goes.
type Deletion struct {
	Ref     string     `json:"ref"`
	Digest  string     `json:"digest"`
	Created *time.Time `json:"created,omitempty"`
	Reason  string     `json:"reason"`

	target reference
}

// PrunePlan lists what [Session.ApplyPrune] removes, in its order.
type PrunePlan struct {
	Deletions []Deletion `json:"deletions"`
	// Protected counts the digests that versions, channels and dev tags that
	// stay name.
	Protected int `json:"protected"`

	repository module.Repository
	protected  map[string]bool
	seen       map[string]bool // references of the tags that were there
}

// stagePattern is the form of werf's stage tags: a content digest and the time
// of the build in milliseconds.
var stagePattern = regexp.MustCompile(`^[0-9a-f]{56}-([0-9]{13})$`)

// PlanPrune finds what may go. It reads every version: one that cannot be read
// stops it, because what it needs is not known then.
func (s *Session) PlanPrune(ctx context.Context, request PruneRequest) (*PrunePlan, error) {
	if request.OlderThan < 0 {
		return nil, exit.With(exit.Usage, fmt.Errorf("prune: the age %s is negative", request.OlderThan), "")
	}
	if request.Pattern == "" && request.OlderThan == 0 && !request.Stages {
		return nil, exit.With(exit.Usage, errors.New("prune: neither a pattern nor an age nor stages are given"), "say which dev tags may go")
	}
	if _, err := path.Match(request.Pattern, ""); err != nil {
		return nil, exit.With(exit.Usage, fmt.Errorf("prune: pattern %q: %w", request.Pattern, err), "")
	}
	p := &pruner{session: s, request: request, keep: newKeeper(s, request.Repository)}
	needed := map[string]access{request.Repository.BundleRepo(): remove, request.Repository.ReleaseRepo(): remove}
	if err := s.login(ctx, needed); err != nil {
		return nil, err
	}
	if err := p.list(ctx); err != nil {
		return nil, err
	}
	if err := p.chooseDevTags(ctx); err != nil {
		return nil, err
	}
	if err := p.keep.read(ctx); err != nil {
		return nil, err
	}
	if request.Stages {
		if err := p.chooseStages(ctx); err != nil {
			return nil, err
		}
	}
	return &PrunePlan{
		Deletions: p.deletions, Protected: len(p.keep.digests),
		repository: request.Repository, protected: p.keep.digests, seen: p.seen(),
	}, nil
}

type pruner struct {
	session *Session
	request PruneRequest
	keep    *keeper

	bundleTags, releaseTags []string
	deletions               []Deletion
}

func (p *pruner) list(ctx context.Context) (err error) {
	if p.bundleTags, err = p.session.Tags(ctx, p.request.Repository.BundleRepo()); err != nil {
		return err
	}
	p.releaseTags, err = p.session.Tags(ctx, p.request.Repository.ReleaseRepo())
	return err
}

// seen are the tags that were there, without stages: those come and go with
// builds.
func (p *pruner) seen() map[string]bool {
	seen := map[string]bool{}
	for _, tag := range p.bundleTags {
		if !stagePattern.MatchString(tag) {
			seen[p.request.Repository.Bundle(tag)] = true
		}
	}
	for _, tag := range p.releaseTags {
		seen[p.request.Repository.Release(tag)] = true
	}
	return seen
}

// isDevTag tells the tags of dev builds from what else is in the release
// repository: versions, channels, history, attestations.
func isDevTag(tag string) bool {
	_, err := module.ParseChannel(tag)
	return err != nil && !module.IsVersion(tag) && !strings.HasPrefix(tag, movePrefix) && !strings.HasPrefix(tag, claimPrefix) &&
		!strings.HasPrefix(tag, "sha256-") && !strings.HasSuffix(tag, ".att")
}

// werfPattern matches the tags by which werf keeps its stages and its records
// in the bundle repository (werf v2.69, pkg/storage/repo_stages_storage.go).
var werfPattern = regexp.MustCompile(`^(managed-image-|meta-|custom-tag-meta-|import-metadata-|client-id-)|^(sync-server|cleanup)$|-rejected$`)

func isWerfTag(tag string) bool { return stagePattern.MatchString(tag) || werfPattern.MatchString(tag) }

// chooseDevTags sorts the tags into those that go and those whose content has
// to stay. A bundle goes before its release image: a bundle that is seen alone
// is a corrupted module.
func (p *pruner) chooseDevTags(ctx context.Context) error {
	var bundles, releases []Deletion
	for _, tag := range p.releaseTags {
		if !isDevTag(tag) || !p.matches(tag) {
			p.keep.addRelease(tag)
			continue
		}
		release, bundle, err := p.devDeletions(ctx, tag)
		if err != nil {
			return err
		}
		if release == nil {
			p.keep.addRelease(tag)
			continue
		}
		releases = append(releases, *release)
		if bundle != nil {
			bundles = append(bundles, *bundle)
		}
	}
	for _, tag := range p.bundleTags {
		if tag != p.request.Pattern || !isDevTag(tag) || isWerfTag(tag) || slices.Contains(p.releaseTags, tag) {
			continue
		}
		bundle, err := p.deletion(ctx, p.request.Repository.Bundle(tag))
		if err != nil {
			return err
		}
		if bundle != nil {
			bundles = append(bundles, *bundle)
		}
	}
	p.deletions = append(bundles, releases...)
	for _, tag := range p.bundleTags {
		// Whatever else is there may be a dev bundle without a release image,
		// which a ModulePullOverride does not need.
		going := slices.ContainsFunc(bundles, func(d Deletion) bool { return d.target.identifier == tag })
		if !going && !stagePattern.MatchString(tag) && !strings.HasPrefix(tag, "sha256-") {
			p.keep.addBundle(tag)
		}
	}
	return nil
}

func (p *pruner) matches(tag string) bool {
	if p.request.Pattern == "" {
		return p.request.OlderThan > 0
	}
	ok, _ := path.Match(p.request.Pattern, tag) // the pattern was tried before
	return ok
}

// devDeletions makes the deletions of a dev tag; none when it, or one part of
// it, is too young.
func (p *pruner) devDeletions(ctx context.Context, tag string) (release, bundle *Deletion, err error) {
	repository := p.request.Repository
	if release, err = p.deletion(ctx, repository.Release(tag)); err != nil || release == nil {
		return nil, nil, err
	}
	if slices.Contains(p.bundleTags, tag) {
		if bundle, err = p.deletion(ctx, repository.Bundle(tag)); err != nil || bundle == nil {
			return nil, nil, err
		}
	}
	return release, bundle, err
}

func (p *pruner) deletion(ctx context.Context, text string) (*Deletion, error) {
	ref, err := p.session.parseReference(text)
	if err != nil {
		return nil, err
	}
	digest, found, err := p.session.head(ctx, ref)
	if err != nil || !found {
		return nil, err
	}
	created, err := p.session.createdAt(ctx, ref.at(digest))
	if err != nil {
		return nil, err
	}
	if p.isYoung(created) {
		return nil, nil
	}
	made := &Deletion{Ref: text, Digest: digest, Reason: "dev tag", target: ref}
	if created.Unix() > 0 {
		made.Created = &created
	}
	return made, nil
}

// isYoung tells what stays for its age. An image without a date has no age and
// stays when one is asked for.
func (p *pruner) isYoung(created time.Time) bool {
	return p.request.OlderThan > 0 && (created.Unix() <= 0 || p.session.now().Sub(created) < p.request.OlderThan)
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
		ref, err := p.session.parseReference(p.request.Repository.Bundle(tag))
		if err != nil {
			return err
		}
		created := time.UnixMilli(milliseconds).UTC()
		stages = append(stages, Deletion{Ref: ref.String(), Created: &created, Reason: "stage that nothing needs", target: ref})
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.session.opts.Jobs)
	for i := range stages {
		group.Go(func() error {
			manifest, found, err := p.session.manifest(ctx, stages[i].target)
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

// ApplyPrune removes what the plan lists. It stops at the first failure;
// planning again goes on from there. If something was published since the plan
// was made, or began to be, nothing is removed: it may need what the plan lists.
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
	for _, deletion := range plan.Deletions {
		if err := s.deleteTag(ctx, plan, deletion); err != nil {
			return err
		}
	}
	return nil
}

// deleteTag removes a tag and leaves the image. Registries before distribution
// v3 cannot do that: there the image goes, unless something else needs it.
func (s *Session) deleteTag(ctx context.Context, plan *PrunePlan, deletion Deletion) error {
	err := s.deleteManifest(ctx, deletion.target.repo, deletion.target.identifier)
	status := statusOf(err)
	if status != http.StatusMethodNotAllowed && status != http.StatusBadRequest {
		return err
	}
	if plan.protected[deletion.Digest] {
		s.opts.Log("%s stays: the registry cannot delete a tag without its image, which is still needed", deletion.Ref)
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
