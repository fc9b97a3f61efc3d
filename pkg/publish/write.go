package publish

import (
	"fmt"

	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// Action says how a write changes a tag.
type Action string

// The actions. Their spelling is part of the machine output.
const (
	Keep   Action = "keep"   // it is as desired already
	Create Action = "create" // it does not exist yet
	Move   Action = "move"   // it exists with different content
	Refuse Action = "refuse" // it must not be written; nothing of the plan is
)

// Write is one tag that is written, or the reason why not.
type Write struct {
	Ref     string `json:"ref"`
	Current string `json:"current"` // digest it is on, empty when it does not exist
	Desired string `json:"desired"` // digest it will be on, empty when that is not known yet
	Action  Action `json:"action"`
	Reason  string `json:"reason,omitempty"`
	// Done says that it was created or moved. It tells, of a plan that failed,
	// what stands.
	Done bool `json:"done,omitempty"`
}

// Desired maps the references of writes to the digests that they will be on.
func Desired(writes []Write) map[string]string {
	desired := map[string]string{}
	for _, write := range writes {
		desired[write.Ref] = write.Desired
	}
	return desired
}

// kind tells the tags of a plan apart.
type kind int

const (
	contentRef kind = iota // an image of a copied version, or a manifest attached to one
	releaseTag
	bundleTag
	registrationTag
	channelTag
)

// step is a write with the content it needs.
type step struct {
	Write
	kind    kind
	target  remote.Reference
	source  remote.Reference // the image to put there, by digest
	channel module.Channel
	from    string // version a channel is on before it moves
	entered bool   // the publication's entry in the history names the channel
	cause   Cause  // of a refusal
	remedy  string // for a refusal
	wave    int    // order among content
	done    *bool  // of the plan's write
}

// Plan is a list of writes in the order in which they are done. It is made by
// [Publisher.Plan], [Publisher.PlanPromote] or [Publisher.PlanCopy] and done by [Publisher.Apply].
type Plan struct {
	Repository module.Repository `json:"-"`
	Tag        string            `json:"tag"`
	Writes     []Write           `json:"writes"`

	steps   []step
	request Request         // what it was made for, unless it only moves channels
	unbuilt bool            // an image is not known yet
	known   map[string]bool // entries that were there when the plan was made
	back    bool            // it returns a channel to an earlier version
	carried bool            // manifests attached to the bundle are among the steps
}

func newPlan(repository module.Repository, tag string, steps []step) *Plan {
	plan := &Plan{Repository: repository, Tag: tag, steps: steps, Writes: make([]Write, len(steps))}
	for i, step := range steps {
		plan.Writes[i] = step.Write
		steps[i].done = &plan.Writes[i].Done
	}
	return plan
}

// Changes reports whether applying the plan would write anything.
func (p *Plan) Changes() bool {
	for _, write := range p.Writes {
		if write.Action == Create || write.Action == Move {
			return true
		}
	}
	return false
}

// Refusal returns a [*RefusedError] for a plan that must not be applied, else
// nil.
func (p *Plan) Refusal() error {
	var refusals []Refusal
	for _, step := range p.steps {
		if step.Action == Refuse {
			refusals = append(refusals, Refusal{Ref: step.Ref, Cause: step.cause, Reason: step.Reason, Remedy: step.remedy})
		}
	}
	if len(refusals) == 0 {
		return nil
	}
	return &RefusedError{refusals}
}

// find returns the step of a kind that the plan has once at most.
func (p *Plan) find(k kind) *step {
	for i := range p.steps {
		if p.steps[i].kind == k {
			return &p.steps[i]
		}
	}
	return nil
}

func (s *step) refuse(cause Cause, remedy, format string, args ...any) {
	s.Action, s.Reason, s.cause, s.remedy = Refuse, fmt.Sprintf(format, args...), cause, remedy
}

// writes reports whether the step changes anything.
func (s *step) writes() bool { return s != nil && (s.Action == Create || s.Action == Move) }
