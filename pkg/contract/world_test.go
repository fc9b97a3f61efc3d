package contract

import (
	"archive/tar"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship/modship/pkg/module"
)

var echo = module.Repository{Source: "registry.example.com/modules", Name: "echo"}

const (
	oldTag = "v1.1.4" // published, on no channel any more
	curTag = "v1.2.3" // published, on every channel of the ladder
	newTag = "v1.3.0" // built in the images scope, published in the promotion scope
)

// content is one version of the test module: the files of its bundle and of
// its release image in their order.
type content struct {
	bundle, release []fakeEntry
	digests         map[string]string
	platforms       []string
	arm             string // digest of an image for linux/arm64 in the repository
}

// newContent returns a version of the module echo that violates nothing.
func newContent(tag string, digests map[string]string) *content {
	return namedContent("echo", tag, digests)
}

func namedContent(name, tag string, digests map[string]string) *content {
	c := &content{digests: digests, platforms: []string{"linux/amd64"}}
	definition := "name: " + name + "\nstage: Preview\ndescriptions:\n  en: Echo\nrequirements:\n  deckhouse: \">= 1.68\"\n"
	c.set("module.yaml", definition)
	c.set("Chart.yaml", "name: "+name+"\nversion: 0.0.1\n")
	c.set(".helmignore", "crds\ndocs\nhooks\nimages\nopenapi\n")
	c.dir("templates")
	c.set("templates/deployment.yaml", `image: {{ include "helm_lib_module_image" (list . "echo") }}`)
	c.dir("openapi")
	c.dir("openapi/conversions")
	c.set("openapi/config-values.yaml", "x-config-version: 2\ntype: object\nproperties:\n  replicas: {type: integer}\n")
	c.set("openapi/values.yaml", "x-extend: {schema: config-values.yaml}\ntype: object\nproperties:\n  registry: {type: object, properties: {base: {type: string}}}\n")
	c.set("openapi/conversions/v2.yaml", "version: 2\nconversions: [\"del(.old)\"]\n")
	c.dir("docs")
	c.set("docs/README.md", "# Echo\n")
	c.dir("hooks")
	c.set("hooks/start.sh", "#!/bin/sh\n")
	c.mode("hooks/start.sh", 0o755)
	c.setRelease("version.json", `{"version":"`+tag+`"}`)
	c.setRelease("module.yaml", definition)
	c.setRelease("changelog.yaml", "features: []\n")
	return c
}

func (c *content) dir(name string) {
	c.bundle = append(c.bundle, fakeEntry{hdr: tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: 0o755}})
}

func (c *content) set(name, data string)        { c.bundle = setEntry(c.bundle, name, data) }
func (c *content) setRelease(name, data string) { c.release = setEntry(c.release, name, data) }

// setBoth writes a file of both images.
func (c *content) setBoth(name, data string) {
	c.set(name, data)
	c.setRelease(name, data)
}

func setEntry(entries []fakeEntry, name, data string) []fakeEntry {
	e := fakeEntry{hdr: tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(data))}, data: data}
	if i := slices.IndexFunc(entries, func(e fakeEntry) bool { return e.hdr.Name == name }); i >= 0 {
		entries[i] = e
		return entries
	}
	return append(entries, e)
}

func (c *content) remove(name string)        { c.bundle = removeEntry(c.bundle, name) }
func (c *content) removeRelease(name string) { c.release = removeEntry(c.release, name) }

func removeEntry(entries []fakeEntry, name string) []fakeEntry {
	return slices.DeleteFunc(entries, func(e fakeEntry) bool {
		return e.hdr.Name == name || strings.HasPrefix(e.hdr.Name, name+"/")
	})
}

func (c *content) mode(name string, mode int64) {
	for i := range c.bundle {
		if c.bundle[i].hdr.Name == name {
			c.bundle[i].hdr.Mode = mode
		}
	}
}

// link adds an entry without contents.
func (c *content) link(name string, typeflag byte, target string) {
	c.bundle = append(c.bundle, fakeEntry{hdr: tar.Header{Name: name, Typeflag: typeflag, Linkname: target, Mode: 0o644}})
}

// images returns the bundle and the release image.
func (c *content) images() (bundle, release fakeImage) {
	entries := slices.Clone(c.bundle)
	if c.digests != nil {
		data, err := json.Marshal(c.digests)
		if err != nil {
			panic(err)
		}
		entries = setEntry(entries, digestsFile, string(data))
	}
	return fakeImage{entries: entries, platforms: c.platforms}, fakeImage{entries: slices.Clone(c.release), platforms: c.platforms}
}

// repository returns the files of the bundle as a repository has them.
func (c *content) repository() fs.FS {
	files := fstest.MapFS{}
	for _, e := range c.bundle {
		name := path.Clean(e.hdr.Name)
		mode := fs.FileMode(e.hdr.Mode)
		switch e.hdr.Typeflag {
		case tar.TypeDir:
			mode |= fs.ModeDir
		case tar.TypeSymlink:
			mode |= fs.ModeSymlink
		case tar.TypeFifo:
			mode |= fs.ModeNamedPipe
		}
		files[name] = &fstest.MapFile{Data: []byte(e.data), Mode: mode}
	}
	return files
}

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
	writes   []string
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
	w.writes = []string{echo.Image("sha256:0"), echo.Release(curTag), echo.Bundle(curTag), echo.Registration(), echo.Channel(module.Alpha), echo.Channel(module.Beta)}
	w.subject = namedContent(name, w.tag, w.pushImages(w.tag))
	w.subject.arm = w.reg.push(echo.BundleRepo(), fakeImage{platforms: []string{"linux/arm64"}})
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
		opts := RepositoryOptions{Name: w.repo.Name, Tag: w.tag, Dev: w.dev, Channels: w.channels, Images: w.images}
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
	case ScopePlan:
		return CheckWrites(w.repo, w.writes)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// rulesOf returns the numbers of the rules that are violated.
func rulesOf(violations []Violation) []int {
	set := map[int]bool{}
	for _, v := range violations {
		set[v.Rule] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// allScopes are the scopes in the order of a module's life.
func allScopes() []Scope {
	return []Scope{ScopeRepository, ScopeImages, ScopePublished, ScopeChannel, ScopeModule, ScopePromotion, ScopePlan}
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
