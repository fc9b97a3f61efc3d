package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// session is one run of checks against a module's repository.
type session struct {
	*checker
	*lookups
	opts Options
}

func newSession(reader Reader, repo module.Repository, opts Options) *session {
	return &session{checker: newChecker(opts.Waive, true), lookups: newLookups(reader, repo, opts), opts: opts}
}

// apart returns the session with findings of its own, for findings that are
// sorted out before they are reported.
func (s *session) apart() *session {
	part := *s
	part.checker = newChecker(s.opts.Waive, s.published)
	return &part
}

// checkPlatform checks rule 30 for a bundle or release image and reports whether
// consumers can read it.
func (c *checker) checkPlatform(t *artifact.Tree) bool {
	switch {
	case t.Foreign && len(t.Platforms) == 0:
		c.report(RulePlatform, t.Name, "the index names no platform, expected %s", nodePlatform)
	case t.Foreign:
		c.report(RulePlatform, t.Name, "the index has %s only, expected %s", strings.Join(t.Platforms, ", "), nodePlatform)
	case len(t.Platforms) > 0:
		c.warn(RulePlatform, t.Name, "the image %s; the controller reads it all the same", otherPlatform(t.Platforms))
	}
	return !t.Foreign
}

// otherPlatform says which platforms an image has instead of that of the nodes.
func otherPlatform(platforms []string) string {
	switch {
	case slices.Equal(platforms, []string{"unknown"}):
		return "has no platform in its config, expected " + nodePlatform
	case len(platforms) == 0:
		return "is an index that names no platform, expected " + nodePlatform
	default:
		return "is for " + strings.Join(platforms, ", ") + " only, expected " + nodePlatform
	}
}

// nodePlatform is the platform of the controller and of the nodes.
const nodePlatform = "linux/amd64"

// runsOnNodes reports whether one of the platforms is that of the nodes.
func runsOnNodes(platforms []string) bool {
	return slices.ContainsFunc(platforms, func(p string) bool {
		return p == nodePlatform || strings.HasPrefix(p, nodePlatform+"/")
	})
}

// wrap says what was being done, unless the reader's error names that already.
func wrap(err error, doing, what string) error {
	if err == nil || strings.Contains(err.Error(), what) {
		return err
	}
	return fmt.Errorf("%s %s: %w", doing, what, err)
}

// parallel is the number of checks that talk to the registry at a time. The
// reader may limit its requests further.
const parallel = 8

// each calls fn for each item, some at a time, and returns the first error.
func each[T any](ctx context.Context, items []T, fn func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, item := range items {
		group.Go(func() error { return fn(ctx, item) })
	}
	return group.Wait()
}
