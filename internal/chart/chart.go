// Package chart is the edge to nelm, the Helm of werf and of the DKP
// controller: it renders the templates of a module with made-up values and
// tells which images they look up. Everything happens in memory: no cluster,
// no network, no files, no output.
package chart

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/modship/modship/internal/manifest"
)

// Options describe a module beyond its files.
type Options struct {
	Name string   // module name
	Keys []string // image keys that exist: those of images_digests.json
}

// Use is an image key of the module that a template looked up.
type Use struct {
	Key  string
	File string // path below the module's root
}

// Failure is a template that could not be rendered. What it would have looked
// up from there on is not known.
type Failure struct {
	File   string // path below the module's root, or "" for all templates
	Line   int    // of the file, 0 if not known
	Reason string
	Syntax bool // the template cannot even be parsed
}

// Result is what rendering came to.
type Result struct {
	// Uses are the lookups that found their image, or that would fail in a
	// cluster because there is none, by file and key. A key that depends on
	// values that are made up here is not among them, unless it exists.
	Uses []Use
	// Templates is the number of templates that Helm would render.
	Templates int
	// Failures are the templates that could not be rendered.
	Failures []Failure
	// Broken are the files that render to something other than Kubernetes
	// objects, whatever the values. The line is that of the rendered file.
	Broken []Failure
}

// maxTime bounds the rendering of one module. Templates can be slow (they may
// make RSA keys) and cannot be stopped.
const maxTime = 5 * time.Second

// startTime is what starting a worker may take besides, on a busy machine.
const startTime = 5 * time.Second

var errTooSlow = fmt.Errorf("it takes more than %s", maxTime)

// Images renders the chart with the given files, by their paths below the
// module's root, and returns the images it looks up. What cannot be rendered is
// a failure in the result and no error; the end of ctx is an error.
func Images(ctx context.Context, files map[string][]byte, opts Options) (Result, error) {
	limited, cancel := context.WithTimeoutCause(ctx, maxTime, errTooSlow)
	defer cancel()
	done := make(chan Result, 1)
	go func() { done <- images(limited, newSource(files, opts)) }()
	select {
	case result := <-done:
		return result, ctx.Err()
	case <-limited.Done():
		return Result{Failures: []Failure{{Reason: context.Cause(limited).Error()}}}, ctx.Err()
	}
}

// images renders the chart with values of each shape.
func images(ctx context.Context, src *source) Result {
	renderings := make([]rendering, len(shapes))
	var all sync.WaitGroup
	for i, s := range shapes {
		all.Go(func() { renderings[i] = src.judge(ctx, s) })
	}
	all.Wait()
	uses := map[Use]bool{}
	failed, broken := renderings[0].failed, src.broken(renderings[0])
	for _, r := range renderings {
		if r.err != nil {
			return Result{Failures: []Failure{{Reason: r.err.Error()}}}
		}
		maps.Copy(uses, r.uses)
		maps.DeleteFunc(failed, func(file string, _ Failure) bool { return r.failed[file].File == "" })
		here := src.broken(r)
		maps.DeleteFunc(broken, func(file string, _ Failure) bool { return here[file].File == "" })
	}
	return Result{Uses: sortedUses(uses), Templates: renderings[0].templates, Failures: sortedFailures(failed), Broken: sortedFailures(broken)}
}

// broken returns the files of a rendering that Helm could not install.
func (src *source) broken(r rendering) map[string]Failure {
	texts := map[string]string{}
	for file, text := range r.texts {
		texts[src.local(file)] = text
	}
	found := map[string]Failure{}
	_, faults := manifest.Parse(texts)
	for _, fault := range faults {
		if fault.Fatal {
			found[fault.File] = Failure{File: fault.File, Line: fault.Line, Reason: fault.Message}
		}
	}
	return found
}

// judge renders the chart with values of the shape s. If a key comes up that
// does not exist, it renders once more with other values made up: a key that
// does not come up again was made of them.
func (src *source) judge(ctx context.Context, s shape) rendering {
	r := src.render(ctx, s, 0)
	unknown := func(u Use, _ bool) bool { return !src.known[u.Key] }
	if r.err != nil || !anyOf(r.uses, unknown) {
		return r
	}
	again := src.render(ctx, s, 1)
	maps.DeleteFunc(r.uses, func(u Use, _ bool) bool { return unknown(u, true) && !again.uses[u] })
	if r.err == nil {
		r.err = again.err
	}
	return r
}

func anyOf(uses map[Use]bool, is func(Use, bool) bool) bool {
	for u := range uses {
		if is(u, true) {
			return true
		}
	}
	return false
}

func sortedUses(uses map[Use]bool) []Use {
	return slices.SortedFunc(maps.Keys(uses), func(a, b Use) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.Key, b.Key))
	})
}

func sortedFailures(failed map[string]Failure) []Failure {
	return slices.SortedFunc(maps.Values(failed), func(a, b Failure) int { return strings.Compare(a.File, b.File) })
}

// Note says in one line what could not be rendered, or is empty.
func (r Result) Note() string {
	if len(r.Failures) == 0 {
		return ""
	}
	first, more := r.Failures[0], ""
	if first.File == "" {
		return "the templates could not be rendered, so image names that they compute are not checked: " + first.Reason
	}
	if n := len(r.Failures) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	atLeast := ""
	if len(r.Failures) == maxFailures {
		atLeast = "at least "
	}
	return fmt.Sprintf("%s%d of %d templates could not be rendered with made-up values, so image names that they compute are not checked: %s: %s%s",
		atLeast, len(r.Failures), r.Templates, first.File, first.Reason, more)
}
