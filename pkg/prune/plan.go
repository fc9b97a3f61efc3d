package prune

import (
	"context"
	"path"
	"slices"
	"time"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// Request says what may go. Versions, channels and everything they need
// always stay.
type Request struct {
	Repository module.Repository
	// Pattern selects dev tags, as path.Match does; empty selects all. The tag
	// itself selects one that only the bundle repository has, too.
	Pattern string
	// OlderThan keeps younger tags. Without Pattern and OlderThan all dev
	// tags stay.
	OlderThan time.Duration
	// Stages removes werf's stages too, those that no tag that stays needs. One
	// of Pattern, OlderThan and Stages has to be given.
	Stages bool
	// Policies keep stages for the sake of git references, in addition to those
	// that are needed; nil keeps none.
	Policies Policies
}

// Policies decide which stages stay although nothing published needs them.
type Policies interface {
	// KeptStages returns which stages stay, by tag. builds holds the commits that
	// werf has noted, by image and stage.
	KeptStages(ctx context.Context, builds map[string]map[string][]string) (map[string]bool, error)
	// KeepBuiltWithin returns for how long after it was built any stage stays.
	KeepBuiltWithin() time.Duration
}

// Deletion is one tag that goes.
type Deletion struct {
	Ref     string     `json:"ref"`
	Digest  string     `json:"digest"`
	Created *time.Time `json:"created,omitempty"`
	Reason  string     `json:"reason"`
	// Done tells that [Pruner.Apply] has deleted it.
	Done bool `json:"done"`
	// Stays is why it was not possible to delete it, where that is no failure.
	Stays string `json:"stays,omitempty"`

	target remote.Reference
}

// Plan lists what [Pruner.Apply] removes, in its order.
type Plan struct {
	Deletions []Deletion `json:"deletions"`
	// Protected counts the digests that versions, channels and dev tags that
	// stay name.
	Protected int `json:"protected"`

	repository module.Repository
	protected  map[string]bool
	seen       map[string]bool // references of the tags that were there
	nothing    bool            // neither repository had a tag
}

// Needs reports whether a version, a channel or a dev tag that stays needs the
// digest.
func (p *Plan) Needs(digest string) bool { return p.protected[digest] }

// FoundNothing tells that there was no tag at all, which is how a module looks
// that does not exist.
func (p *Plan) FoundNothing() bool { return p.nothing }

// Plan finds what may go. It reads every version: one that cannot be read
// stops it, because what it needs is not known then.
func (s *Pruner) Plan(ctx context.Context, request Request) (*Plan, error) {
	if request.OlderThan < 0 {
		return nil, errkind.New(ErrRequest, "prune: the age %s is negative", request.OlderThan)
	}
	if request.Pattern == "" && request.OlderThan == 0 && !request.Stages {
		return nil, errkind.New(ErrRequest, "prune: neither a pattern nor an age nor stages are given")
	}
	if _, err := path.Match(request.Pattern, ""); err != nil {
		return nil, errkind.New(ErrRequest, "prune: pattern %q: %w", request.Pattern, err)
	}
	p := &pruner{session: s, request: request, keep: newKeeper(s, request.Repository)}
	needed := map[string]remote.Access{request.Repository.BundleRepo(): remote.Delete, request.Repository.ReleaseRepo(): remote.Delete}
	if err := s.client.Login(ctx, needed); err != nil {
		return nil, err
	}
	if err := p.list(ctx); err != nil {
		return nil, err
	}
	if err := p.chooseDevTags(ctx); err != nil {
		return nil, err
	}
	if err := p.keepByPolicies(ctx); err != nil {
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
	return &Plan{
		Deletions: p.deletions, Protected: len(p.keep.digests),
		repository: request.Repository, protected: p.keep.digests, seen: p.seen(),
		nothing: len(p.bundleTags)+len(p.releaseTags) == 0,
	}, nil
}

type pruner struct {
	session *Pruner
	request Request
	keep    *keeper

	bundleTags, releaseTags []string
	deletions               []Deletion
}

func (p *pruner) list(ctx context.Context) (err error) {
	if p.bundleTags, err = p.session.client.AllTags(ctx, p.request.Repository.BundleRepo()); err != nil {
		return err
	}
	if p.releaseTags, err = p.session.client.AllTags(ctx, p.request.Repository.ReleaseRepo()); err != nil {
		return err
	}
	if len(p.releaseTags) == 0 && slices.ContainsFunc(p.bundleTags, module.IsVersion) {
		return errkind.New(ErrUnknownNeeds, "%s has no tag although versions of the module are published: the images they need are unknown", p.request.Repository.ReleaseRepo())
	}
	return nil
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

func (p *pruner) deletion(ctx context.Context, text string) (*Deletion, error) {
	ref, err := p.session.client.ParseReference(text)
	if err != nil {
		return nil, err
	}
	digest, found, err := p.session.client.Head(ctx, ref)
	if err != nil || !found {
		return nil, err
	}
	created, err := p.session.client.CreatedAt(ctx, ref.At(digest))
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
