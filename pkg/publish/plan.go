package publish

import (
	"context"
	"strings"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// Request says what to publish.
type Request struct {
	Repository module.Repository
	Tag        string
	// Bundle and Release are the built images by digest
	// (registry/repository@sha256:…), or empty when they are not built yet.
	Bundle, Release string
	// BundleChange and ReleaseChange say, before the build, why an image is
	// going to have other content than one of that tag that is there; empty
	// when that is not known.
	BundleChange, ReleaseChange string
	// Channels are put on the version after it is published.
	Channels []module.Channel
	// Force overwrites a version that exists with different content, unless a
	// channel is on it.
	Force bool
	// AllowDowngrade, SkipLadder and Ladder are those of [PromoteRequest].
	AllowDowngrade, SkipLadder bool
	Ladder                     module.Ladder
}

// Plan compares the requested publication with the registry. It sends no writes,
// and when everything is there already, one HEAD request a tag. A plan with a
// refused write is not an error: [Plan.Refusal] is.
func (s *Publisher) Plan(ctx context.Context, request Request) (*Plan, error) {
	p := &planner{session: s, request: request}
	if err := p.parse(); err != nil {
		return nil, err
	}
	if err := p.login(ctx); err != nil {
		return nil, err
	}
	if err := s.lookAt(ctx, p.steps); err != nil {
		return nil, err
	}
	if err := p.decideVersion(ctx); err != nil {
		return nil, err
	}
	p.foresee()
	rules := channelRules{
		session: s, repository: request.Repository, tag: request.Tag,
		allowDowngrade: request.AllowDowngrade, skipLadder: request.SkipLadder, ladder: request.Ladder,
		entered: p.release().writes() || p.bundle().writes(),
	}
	if err := rules.decide(ctx, p.channels()); err != nil {
		return nil, err
	}
	plan := newPlan(request.Repository, request.Tag, p.steps)
	plan.request, plan.known = request, rules.known
	plan.unbuilt = p.release().Desired == "" || p.bundle().Desired == ""
	return plan, nil
}

// planner makes the steps of a version: release, bundle, registration, then
// the channels.
type planner struct {
	session *Publisher
	request Request
	steps   []step
}

func (p *planner) release() *step      { return &p.steps[0] }
func (p *planner) bundle() *step       { return &p.steps[1] }
func (p *planner) registration() *step { return &p.steps[2] }
func (p *planner) channels() []step    { return p.steps[3:] }

func (p *planner) parse() error {
	request := p.request
	if err := module.CheckArtifactTag(request.Tag); err != nil {
		return errkind.With(ErrRequest, err)
	}
	release, err := p.session.newStep(releaseTag, request.Repository.Release(request.Tag), request.Release)
	if err != nil {
		return err
	}
	bundle, err := p.session.newStep(bundleTag, request.Repository.Bundle(request.Tag), request.Bundle)
	if err != nil {
		return err
	}
	registration, err := p.session.newStep(registrationTag, request.Repository.Registration(), "")
	if err != nil {
		return err
	}
	registration.Desired = RegistrationDigest
	p.steps = []step{release, bundle, registration}
	channels, err := p.session.channelSteps(request.Repository, request.Channels, release.source)
	p.steps = append(p.steps, channels...)
	return err
}

// login asks for everything the plan and its writes will need at once.
func (p *planner) login(ctx context.Context) error {
	needed := Access(p.request.Repository)
	for _, step := range []*step{p.release(), p.bundle()} {
		if step.Desired == "" {
			continue
		}
		if from := step.source.Repo.Name(); needed[from] < remote.Pull {
			needed[from] = remote.Pull
		}
	}
	return p.session.client.Login(ctx, needed)
}

// decideVersion chooses the actions for release, bundle and registration.
func (p *planner) decideVersion(ctx context.Context) error {
	registration := p.registration()
	registration.Action = Create
	if registration.Current != "" { // its content is never read, so any is as good
		registration.Action, registration.Desired = Keep, registration.Current
	}
	if err := p.decideTag(ctx, p.release(), p.request.ReleaseChange); err != nil {
		return err
	}
	return p.decideTag(ctx, p.bundle(), p.request.BundleChange)
}

// remedyNewVersion helps against a conflict about a version's content.
const remedyNewVersion = "publish the change under a new version"

func (p *planner) decideTag(ctx context.Context, step *step, change string) error {
	version := module.IsVersion(p.request.Tag)
	switch {
	case step.Current == "":
		step.Action = Create
	case step.Desired == "" && version && change != "" && !p.request.Force:
		step.refuse(ContentDiffers, remedyNewVersion, "version %s is published (%s), and its content would differ: %s", p.request.Tag, step.Current, change)
	case step.Desired == "" && version:
		step.Action, step.Reason = Keep, "exists; refused after the build if the content differs"
	case step.Current == step.Desired:
		step.Action = Keep
	case !version:
		step.Action = Move
	case !p.request.Force:
		step.refuse(ContentDiffers, remedyNewVersion, "version %s is published with different content (%s)", p.request.Tag, step.Current)
	default:
		pinned, err := p.pinned(ctx)
		if err != nil {
			return err
		}
		if len(pinned) > 0 {
			step.refuse(OnChannel, remedyNewVersion,
				"version %s is on the release channel %s and cannot be overwritten", p.request.Tag, strings.Join(pinned, ", "))
			return nil
		}
		step.Action, step.Reason = Move, "forced: the version had other content"
	}
	return nil
}

// foresee tells the channels of a version that is published but not built here
// yet where they will be: a version does not change.
func (p *planner) foresee() {
	release := p.release()
	if release.Desired != "" || release.Action != Keep {
		return
	}
	for i := range p.channels() {
		step := &p.channels()[i]
		step.Desired, step.source = release.Current, release.target.At(release.Current)
	}
}

// pinned names the channels that are on the present release image of the tag.
func (p *planner) pinned(ctx context.Context) ([]string, error) {
	all, err := p.session.channelSteps(p.request.Repository, module.Channels(), remote.Reference{})
	if err != nil {
		return nil, err
	}
	if err := p.session.lookAt(ctx, all); err != nil {
		return nil, err
	}
	var names []string
	for _, step := range all {
		if step.Current == "" {
			continue
		}
		version, err := p.session.versionAt(ctx, step.target.At(step.Current))
		if step.Current == p.release().Current || err == nil && version == p.request.Tag {
			names = append(names, string(step.channel))
		}
	}
	return names, nil
}
