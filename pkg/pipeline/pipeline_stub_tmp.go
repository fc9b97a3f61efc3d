package pipeline

import "context"

func (r *run) checkRepository(context.Context) error { return nil }
func (r *run) preflight(context.Context) error       { return nil }
func (r *run) checkImages(context.Context) error     { return nil }
func (r *run) publish(context.Context) error         { return nil }
func (r *run) checkPublished(context.Context) error  { return nil }
