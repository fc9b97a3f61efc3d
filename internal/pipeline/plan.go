package pipeline

import (
	"context"
	"fmt"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/werfcfg"
)

// PlanResult is what build and publish would do.
type PlanResult struct {
	Images     []build.ImagePlan    `json:"images"`
	Writes     []publish.Write      `json:"writes"`
	Violations []contract.Violation `json:"violations"`
	// Refused says why publish would be refused, empty when it would not.
	Refused string `json:"refused,omitempty"`
	LeftOut int    `json:"-"`
	// Refusal is the error that publish would end with before it writes a tag,
	// nil when nothing is known to stand against it.
	Refusal error `json:"-"`
}

// refuse enters the reasons for which publish would be refused. A rule of the
// contract stands against every write.
func (p *PlanResult) refuse(byRegistry, byContract error) {
	for i := range p.Writes {
		if w := &p.Writes[i]; byContract != nil && (w.Action == publish.Create || w.Action == publish.Move) {
			w.Action, w.Reason = publish.Refuse, byContract.Error()
		}
	}
	for _, err := range []error{byContract, byRegistry} {
		if err != nil {
			p.Refusal = fmt.Errorf("publish would be refused: %w", err)
			p.Refused = err.Error()
			return
		}
	}
}

// Changes tells whether publish would change anything.
func (p *PlanResult) Changes() bool {
	for _, w := range p.Writes {
		if w.Action != publish.Keep {
			return true
		}
	}
	return (&build.Plan{Images: p.Images}).Changes()
}

// Plan finds out what Publish would do with the same options. It writes to no
// registry.
func Plan(ctx context.Context, opts Options) (*PlanResult, error) {
	r := &run{opts: opts, planOnly: true}
	plan := &PlanResult{}
	result, err := r.steps(ctx, []step{
		{"check the settings", r.checkSettings},
		{"prepare", r.prepare},
		{"read the repository", r.read},
		{"check the repository", r.collect(r.checkRepository)},
		{"plan the build", func(context.Context) error { return r.planBuild(plan) }},
		{"plan the writes", func(ctx context.Context) error { return r.planWrites(ctx, plan) }},
	})
	if err != nil {
		return nil, err
	}
	plan.Violations = result.Violations
	plan.refuse(plan.Refusal, ViolationError(plan.Violations))
	return plan, nil
}

// collect runs a check whose violations are part of the plan and do not end it.
func (r *run) collect(check func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := check(ctx); err != nil && exit.CodeOf(err) != exit.Violated {
			return err
		}
		return nil
	}
}

func (r *run) planBuild(plan *PlanResult) error {
	if err := r.checkNames(r.opts.Images); err != nil {
		return err
	}
	opts := r.buildOptions()
	if err := r.noteSurprises(opts); err != nil {
		return err
	}
	if err := r.reach(); err != nil {
		return err
	}
	made, err := build.MakePlan(r.werfCtx, r.process, r.result.Config, opts)
	if err != nil {
		return err
	}
	plan.Images, plan.LeftOut = made.Images, made.LeftOut
	return nil
}

// planWrites compares the tags with the registry. The images of a build that
// is still to come have no digest yet.
func (r *run) planWrites(ctx context.Context, plan *PlanResult) error {
	bundle, release := r.plannedRef(plan, werfcfg.BundleImage), r.plannedRef(plan, werfcfg.ReleaseImage)
	request := r.request(bundle, release)
	request.BundleChange, request.ReleaseChange = r.foreseenChanges(plan)
	writes, err := r.openSession().Plan(ctx, request)
	if err != nil {
		return err
	}
	plan.Writes, plan.Refusal = writes.Writes, writes.Refusal()
	if bundle == "" || release == "" {
		return nil
	}
	found, err := contract.CheckImages(ctx, r.session, r.result.Repository, r.contractImages(bundle, release), r.contractOptions())
	if err != nil {
		return err
	}
	_ = r.violated(found) // a plan shows violations and goes on
	return nil
}

// foreseenChanges tells why bundle and release image are going to have another
// digest than any that was built before: they are rebuilt, or an image is whose
// digest is in the bundle. An image holds the time when it was built.
func (r *run) foreseenChanges(plan *PlanResult) (bundle, release string) {
	rebuilt := func(names ...string) string {
		for _, name := range names {
			if img, ok := (&build.Plan{Images: plan.Images}).Image(name); ok && img.Action == build.Rebuild {
				return "image " + name + " is rebuilt"
			}
		}
		return ""
	}
	return rebuilt(append([]string{werfcfg.BundleImage}, r.digestImages()...)...), rebuilt(werfcfg.ReleaseImage)
}

func (r *run) plannedRef(plan *PlanResult, name string) string {
	img, ok := (&build.Plan{Images: plan.Images}).Image(name)
	if !ok || img.Action != build.Reuse || img.Digest == "" {
		return ""
	}
	return r.result.Repository.Image(img.Digest)
}
