package contract

import (
	"archive/tar"
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/modship/modship/pkg/contract/internal/artifact"
)

// content is one version of the test module: the files of its bundle and of
// its release image in their order.
type content struct {
	bundle, release []fakeEntry
	digests         map[string]string
	platforms       []string
	index           bool
	arm             string // digest of an image for linux/arm64 in the repository
	bare            string // digest of one that says no platform
	forged          string // digest of one with a signature of something else
	signed          bool   // bundle and release image carry such a signature
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
		entries = setEntry(entries, artifact.DigestsFile, string(data))
	}
	return fakeImage{entries: entries, platforms: c.platforms, index: c.index, signed: c.signed}, fakeImage{entries: slices.Clone(c.release), platforms: c.platforms, index: c.index, signed: c.signed}
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
