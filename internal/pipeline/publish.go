package pipeline

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/werfcfg"
)

// checkRepository runs the contract rules that need no build.
func (r *run) checkRepository(ctx context.Context) error {
	if err := r.checkArtifactImages(); err != nil {
		return err
	}
	return r.violated(contract.CheckRepository(ctx, os.DirFS(r.opts.Settings.Dir.Value), contract.RepositoryOptions{
		Name:     r.result.Repository.Name,
		Tag:      r.result.Tag,
		Dev:      r.opts.Flags.RelaxedGiterminism(),
		Channels: r.opts.Settings.Channels,
		Images:   r.digestImages(),
		Render:   r.render(),
		Waive:    r.opts.Waive,
	}))
}

// checkArtifactImages tells before the build that there will be nothing to publish.
func (r *run) checkArtifactImages() error {
	for _, name := range []string{werfcfg.BundleImage, werfcfg.ReleaseImage} {
		if r.result.Config.Werf.GetImage(name) == nil {
			return exit.With(exit.Failed, fmt.Errorf("werf.yaml defines no image %s", name),
				"A module is published as the images bundle and release-channel-version: define them in werf.yaml (`modship graph --all` lists what is there).")
		}
	}
	return nil
}

// digestImages are the images whose digests go into images_digests.json.
func (r *run) digestImages() []string {
	var names []string
	for _, n := range r.result.Config.Graph.Nodes() {
		if n.Kind == graph.Image && n.DigestKey != "" {
			names = append(names, n.Name)
		}
	}
	return names
}

// digestKeys are the keys of those images.
func (r *run) digestKeys() []string {
	var keys []string
	for _, name := range r.digestImages() {
		keys = append(keys, module.DigestKey(name))
	}
	return keys
}

// preflight asks the registry, before the expensive part, for the right to
// write and for what is there.
func (r *run) preflight(ctx context.Context) error {
	if err := r.openSession().Login(ctx, r.result.Repository); err != nil {
		return err
	}
	plan, err := r.session.Plan(ctx, r.request("", ""))
	if err != nil {
		return err
	}
	r.newModule = plan.IsNew()
	return plan.Refusal()
}

// openSession returns the registry session of the run.
func (r *run) openSession() *publish.Session {
	if r.session == nil {
		r.session = OpenSession(SessionOptions{
			Repository: r.result.Repository, Flags: r.opts.Flags, Log: r.tell,
		})
	}
	return r.session
}

// reach finds out in bounded time whether the registry answers: werf's own
// requests wait for ever, and say nothing.
func (r *run) reach() error { return r.openSession().Reach(r.werfCtx, r.result.Repository) }

func (r *run) request(bundle, release string) publish.Request {
	return publish.Request{
		Repository: r.result.Repository, Tag: r.result.Tag, Bundle: bundle, Release: release,
		Channels: r.opts.Settings.Channels, Force: r.opts.Force,
	}
}

// checkImages reads the built bundle and release image as a cluster will.
func (r *run) checkImages(ctx context.Context) error {
	bundle, release, err := r.artifacts()
	if err != nil {
		return err
	}
	found, err := contract.CheckImages(ctx, r.session, r.result.Repository, r.contractImages(bundle, release), r.contractOptions())
	if err != nil {
		return err
	}
	return r.violated(found)
}

func (r *run) contractImages(bundle, release string) contract.Images {
	return contract.Images{
		Bundle: bundle, Release: release, Tag: r.result.Tag,
		Dev: r.opts.Flags.RelaxedGiterminism(), Channels: r.opts.Settings.Channels,
	}
}

// ruleImmutable is the rule that a version does not get other content.
const ruleImmutable = 41

func (r *run) contractOptions() contract.Options {
	opts := contract.Options{Waive: slices.Clone(r.opts.Waive), Attested: r.attested(), Render: r.render()}
	if r.opts.Force {
		opts.Waive = append(opts.Waive, ruleImmutable)
	}
	return opts
}

// vexSuffix ends the names of the images whose build attests another one: the
// one they depend on.
const vexSuffix = "-vex-artifact"

// attested are the digests of the built images that the build attests.
func (r *run) attested() []string {
	if r.result.Build == nil {
		return nil
	}
	var digests []string
	for _, img := range r.result.Build.Images {
		if subject, ok := strings.CutSuffix(img.Name, vexSuffix); ok {
			if of, ok := r.result.Build.Image(subject); ok {
				digests = append(digests, of.Digest)
			}
		}
	}
	return digests
}

// artifacts are the built bundle and release image, by digest.
func (r *run) artifacts() (bundle, release string, err error) {
	refs := map[string]string{}
	for _, name := range []string{werfcfg.BundleImage, werfcfg.ReleaseImage} {
		img, ok := r.result.Build.Image(name)
		if !ok {
			return "", "", fmt.Errorf("image %s was not built: it is not final in werf.yaml", name)
		}
		refs[name] = img.Ref[:strings.LastIndexByte(img.Ref, ':')] + "@" + img.Digest
	}
	return refs[werfcfg.BundleImage], refs[werfcfg.ReleaseImage], nil
}

func (r *run) publish(ctx context.Context) error {
	bundle, release, err := r.artifacts()
	if err != nil {
		return err
	}
	request := r.request(bundle, release)
	request.New = r.newModule
	plan, err := r.session.Plan(ctx, request)
	if err != nil {
		return err
	}
	r.result.Writes = plan.Writes
	var refs []string
	for _, w := range plan.Writes {
		refs = append(refs, w.Ref)
		r.opts.Reporter.Message("%s %s", w.Action, w.Ref)
	}
	if err := r.violated(contract.CheckWrites(r.result.Repository, refs)); err != nil {
		return err
	}
	err = r.session.Apply(ctx, plan)
	r.result.Writes = plan.Writes // made again where something appeared meanwhile
	return err
}

// checkPublished reads what was published as a cluster will.
func (r *run) checkPublished(ctx context.Context) error {
	opts := r.contractOptions()
	opts.Expected = publish.Desired(r.result.Writes)
	found, err := contract.CheckPublished(ctx, r.session, r.result.Repository, r.result.Tag, opts)
	if err != nil {
		return err
	}
	return r.violated(found)
}

// violated adds violations to the result and fails if one breaks a consumer.
// A later check finds again what an earlier one has found.
func (r *run) violated(found []contract.Violation) error {
	seen := map[string]bool{}
	for _, v := range r.result.Violations {
		seen[fmt.Sprint(v.Rule, v.Message)] = true
	}
	for _, v := range found {
		if !seen[fmt.Sprint(v.Rule, v.Message)] {
			r.result.Violations = append(r.result.Violations, v)
		}
	}
	return ViolationError(found)
}

// ViolationError is the error for violations that break a consumer, or nil.
func ViolationError(found []contract.Violation) error {
	if !contract.Failed(found) {
		return nil
	}
	rules := map[int]bool{}
	var names []string
	for _, v := range found {
		if v.Severity == contract.Error && !v.Waived && !rules[v.Rule] {
			rules[v.Rule] = true
			names = append(names, fmt.Sprint(v.Rule))
		}
	}
	return exit.With(exit.Violated, fmt.Errorf("a cluster could not use the module: contract rule %s violated", strings.Join(names, ", ")),
		"`modship verify --list` explains the rules; --waive NUMBER goes on in spite of one.")
}

var _ contract.Reader = (*publish.Session)(nil)
