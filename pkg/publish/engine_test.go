package publish

// request is what publishes a built version.
func (r *rig) request(module, tag string, b built) Request {
	return Request{Repository: r.repository(module), Tag: tag, Bundle: b.bundle, Release: b.release}
}

// publish builds and publishes a version.
func (r *rig) publish(s *Session, module, tag string) built {
	r.t.Helper()
	b := r.build(module, tag, "")
	r.apply(s, r.request(module, tag, b))
	return b
}

func (r *rig) apply(s *Session, request Request) *Plan {
	r.t.Helper()
	plan, err := s.Plan(r.t.Context(), request)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := s.Apply(r.t.Context(), plan); err != nil {
		r.t.Fatal(err)
	}
	return plan
}
