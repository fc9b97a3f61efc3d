package pipeline

import (
	"cmp"
	"context"
	"fmt"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/publish"
)

// PlanResult is what build and publish would do.
type PlanResult struct {
	Images     []build.ImagePlan    `json:"images"`
	Writes     []publish.Write      `json:"writes"`
	Violations []contract.Violation `json:"violations"`
	Findings   []lint.Finding       `json:"findings"`
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

// Changes reports whether publish would change anything.
func (p *PlanResult) Changes() bool {
	for _, w := range p.Writes {
		if w.Action != publish.Keep {
			return true
		}
	}
	return (&build.Plan{Images: p.Images}).Changes()
}

// plan makes a dry run of publishing.
func (j *job) plan(ctx context.Context) (*PlanResult, error) {
	result, err := j.run(ctx, (*job).publish)
	if err != nil {
		return nil, err
	}
	plan := &PlanResult{
		Images: result.Planned.Images, LeftOut: result.Planned.LeftOut,
		Writes: result.Writes, Violations: result.Violations, Findings: result.Findings,
	}
	plan.refuse(result.refusal, cmp.Or(ViolationError(result.Violations), FindingsError(result.Findings)))
	return plan, nil
}
