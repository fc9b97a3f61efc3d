package publish

import (
	"context"
	"errors"

	"github.com/modship/modship/internal/registrytest"
)

// request is what publishes a built version.
func (r *rig) request(module, tag string, b registrytest.Built) Request {
	return Request{Repository: r.Repository(module), Tag: tag, Bundle: b.Bundle, Release: b.Release}
}

// publish builds and publishes a version.
func (r *rig) publish(s *Publisher, module, tag string) registrytest.Built {
	r.T.Helper()
	b := r.Build(module, tag, "")
	r.apply(s, r.request(module, tag, b))
	return b
}

func (r *rig) apply(s *Publisher, request Request) *Plan {
	r.T.Helper()
	plan, err := s.Plan(r.T.Context(), request)
	if err != nil {
		r.T.Fatal(err)
	}
	if err := s.Apply(r.T.Context(), plan); err != nil {
		r.T.Fatal(err)
	}
	return plan
}

// promote, rollBack and copyVersion plan and apply.
func promote(ctx context.Context, p *Publisher, request PromoteRequest) (*Plan, error) {
	plan, err := p.PlanPromote(ctx, request)
	if err != nil {
		return nil, err
	}
	return plan, p.Apply(ctx, plan)
}

func rollBack(ctx context.Context, p *Publisher, request BackRequest) (*Plan, error) {
	plan, err := p.PlanBack(ctx, request)
	if err != nil {
		return nil, err
	}
	return plan, p.Apply(ctx, plan)
}

func copyVersion(ctx context.Context, p *Publisher, request CopyRequest) ([]*Plan, error) {
	plans, err := p.PlanCopy(ctx, request)
	if err != nil {
		return nil, err
	}
	for _, plan := range plans {
		if err := plan.Refusal(); err != nil {
			return plans, err
		}
	}
	for _, plan := range plans {
		if err := p.Apply(ctx, plan); err != nil {
			return plans, err
		}
	}
	return plans, nil
}

func isRefused(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused)
}
