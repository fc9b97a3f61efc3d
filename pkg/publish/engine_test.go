package publish

import "github.com/modship/modship/internal/registrytest"

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
