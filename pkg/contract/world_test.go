package contract

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/modship/modship/pkg/module"
)

var echo = module.Repository{Source: "registry.example.com/modules", Name: "echo"}

const (
	oldTag = "v1.1.4" // published, on no channel any more
	curTag = "v1.2.3" // published, on every channel of the ladder
	newTag = "v1.3.0" // built in the images scope, published in the promotion scope
)

// world is a registry with the test module, and what a scope's check is told.
type world struct {
	repo     module.Repository // echo but for rules on names
	reg      *fakeRegistry
	reader   Reader   // reg, or a registry with its contents
	subject  *content // the version under check, before it is built
	tag      string   // its tag
	images   []string // names of its images in werf.yaml
	dev      bool
	channels []module.Channel
	opts     Options
}

// newWorld returns a world that violates nothing, with the version under check
// not yet built.
func newWorld(scope Scope) *world { return namedWorld(scope, "echo") }

// namedWorld is a world whose module has another name. Its images are moved to
// its repositories by rename, after the version under check is built.
func namedWorld(scope Scope, name string) *world {
	w := &world{repo: module.Repository{Source: echo.Source, Name: name}, reg: newFakeRegistry(), tag: curTag, images: []string{"echo", "images/web-hooks"}}
	if scope == ScopeRepository || scope == ScopeImages || scope == ScopePromotion {
		w.tag = newTag
	}
	if scope == ScopePromotion {
		w.channels = []module.Channel{module.Alpha}
	}
	w.subject = namedContent(name, w.tag, w.pushImages(w.tag))
	w.subject.forged = w.reg.push(echo.BundleRepo(), fakeImage{platforms: []string{"linux/amd64"}, signed: true})
	w.subject.arm = w.reg.push(echo.BundleRepo(), fakeImage{platforms: []string{"linux/arm64"}})
	w.subject.bare = w.reg.push(echo.BundleRepo(), fakeImage{platforms: []string{"unknown"}})
	w.publish(oldTag, namedContent(name, oldTag, w.pushImages(oldTag)))
	if w.tag != curTag {
		w.publish(curTag, namedContent(name, curTag, w.pushImages(curTag)))
		w.promote(curTag)
	}
	w.reg.tag(echo.Registration(), w.reg.push(echo.Source, fakeImage{}))
	return w
}

// rename moves everything of the module echo to the world's own module.
func (w *world) rename() {
	if w.repo == echo {
		return
	}
	for _, move := range [][2]string{{echo.BundleRepo(), w.repo.BundleRepo()}, {echo.ReleaseRepo(), w.repo.ReleaseRepo()}} {
		w.reg.images[move[1]], w.reg.tags[move[1]] = w.reg.images[move[0]], w.reg.tags[move[0]]
		delete(w.reg.images, move[0])
		delete(w.reg.tags, move[0])
	}
	w.reg.tag(w.repo.Registration(), w.reg.digestOf(echo.Registration()))
	w.reg.untag(echo.Registration())
}

// pushImages pushes the application images of a version.
func (w *world) pushImages(tag string) map[string]string {
	digests := map[string]string{}
	for _, key := range []string{"echo", "webHooks"} {
		image := fakeImage{entries: setEntry(nil, key, tag), platforms: []string{"linux/amd64"}}
		digests[key] = w.reg.push(echo.BundleRepo(), image)
	}
	return digests
}

func (w *world) publish(tag string, c *content) {
	bundle, release := c.images()
	w.reg.tag(echo.Bundle(tag), w.reg.push(echo.BundleRepo(), bundle))
	w.reg.tag(echo.Release(tag), w.reg.push(echo.ReleaseRepo(), release))
}

// publishBase publishes another version that violates nothing.
func (w *world) publishBase(tag string) *content {
	c := newContent(tag, w.pushImages(tag))
	w.publish(tag, c)
	return c
}

// promote puts a published version on every channel of the ladder.
func (w *world) promote(tag string) {
	for _, ch := range module.Channels() {
		if ch != module.LTS {
			w.reg.tag(echo.Channel(ch), w.reg.digestOf(echo.Release(tag)))
		}
	}
}

// build publishes or pushes the version under check as its scope finds it.
func (w *world) build(scope Scope) (images Images) {
	switch scope {
	case ScopePublished, ScopeChannel, ScopeModule:
		w.publish(w.tag, w.subject)
		w.promote(w.tag)
	case ScopePromotion:
		w.publish(w.tag, w.subject)
	case ScopeImages:
		bundle, release := w.subject.images()
		images.Bundle = w.repo.Image(w.reg.push(echo.BundleRepo(), bundle))
		images.Release = w.repo.Image(w.reg.push(echo.BundleRepo(), release))
	}
	return images
}

// check runs the check of a scope.
func (w *world) check(t *testing.T, scope Scope, images Images) []Violation {
	t.Helper()
	ctx := context.Background()
	var found []Violation
	var err error
	var reader Reader = w.reg
	if w.reader != nil {
		reader = w.reader
	}
	switch scope {
	case ScopeRepository:
		opts := RepositoryOptions{Name: w.repo.Name, Tag: w.tag, Dev: w.dev, Channels: w.channels, Images: w.images, Render: w.opts.Render}
		return CheckRepository(ctx, w.subject.repository(), opts)
	case ScopeImages:
		images.Tag, images.Dev, images.Channels = w.tag, w.dev, w.channels
		found, err = CheckImages(ctx, reader, w.repo, images, w.opts)
	case ScopePublished:
		found, err = CheckPublished(ctx, reader, w.repo, w.tag, w.opts)
	case ScopeChannel:
		found, err = CheckChannel(ctx, reader, w.repo, module.Beta, w.opts)
	case ScopeModule:
		found, err = CheckModule(ctx, reader, w.repo, w.opts)
	case ScopePromotion:
		found, err = CheckPromotion(ctx, reader, w.repo, w.tag, w.channels, w.opts)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// rulesOf returns the numbers of the rules that are violated.
func rulesOf(violations []Violation) []RuleID {
	set := map[RuleID]bool{}
	for _, v := range violations {
		set[v.Rule] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// allScopes are the scopes in the order of a module's life.
func allScopes() []Scope {
	return []Scope{ScopeRepository, ScopeImages, ScopePublished, ScopeChannel, ScopeModule, ScopePromotion}
}

// TestBaseViolatesNothing is what makes the fixtures mean something.
func TestBaseViolatesNothing(t *testing.T) {
	for _, scope := range allScopes() {
		w := newWorld(scope)
		if found := w.check(t, scope, w.build(scope)); len(found) > 0 {
			t.Errorf("%s: %v", scope, found)
		}
	}
}
