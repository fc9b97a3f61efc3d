//go:build !linux

package build

import "context"

// killRunsWhenDone does nothing: the Docker daemon runs the shells here.
func killRunsWhenDone(context.Context) (stop func()) { return func() {} }

func adoptOrphans() error { return nil }
