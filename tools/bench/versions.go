package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"

	"github.com/google/go-containerregistry/pkg/crane"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/modship/modship/pkg/module"
)

// A version is what a build left in a registry, before it is published.
type version struct {
	repository      module.Repository
	bundle, release string   // by digest
	digests         []string // of the application images
	manifests       map[string]v1.Image
}

// makeVersion puts images into a registry as a build does: a bundle of three
// blobs, a release image of two, and the application images.
func makeVersion(source string, images int) (*version, error) {
	repository, err := module.NewRepository(source, moduleName)
	if err != nil {
		return nil, err
	}
	v := &version{repository: repository, manifests: map[string]v1.Image{}}
	digests := map[string]string{}
	for i := range images {
		app, err := random.Image(20_000, 1)
		if err != nil {
			return nil, err
		}
		ref, err := v.push(app)
		if err != nil {
			return nil, err
		}
		digest := ref[len(repository.BundleRepo())+1:]
		v.digests = append(v.digests, digest)
		digests[fmt.Sprintf("component%d", i)] = digest
	}
	if v.bundle, err = v.pushBundle(digests); err != nil {
		return nil, err
	}
	release, err := crane.Image(map[string][]byte{
		"version.json": []byte(`{"version":"` + moduleTag + `"}`), "module.yaml": []byte(definition),
	})
	if err != nil {
		return nil, err
	}
	v.release, err = v.push(release)
	return v, err
}

const definition = "name: " + moduleName + "\nstage: General Availability\n"

func (v *version) pushBundle(digests map[string]string) (string, error) {
	list, err := json.Marshal(digests)
	if err != nil {
		return "", err
	}
	var layers []v1.Layer
	for name, content := range map[string][]byte{"module.yaml": []byte(definition), "images_digests.json": list} {
		layer, err := crane.Layer(map[string][]byte{name: content})
		if err != nil {
			return "", err
		}
		layers = append(layers, layer)
	}
	bundle, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		return "", err
	}
	return v.push(bundle)
}

// push puts an image into the module's repository and returns its reference.
func (v *version) push(img v1.Image) (string, error) {
	digest, err := img.Digest()
	if err != nil {
		return "", err
	}
	ref := v.repository.Image(digest.String())
	v.manifests[digest.String()] = img
	return ref, crane.Push(img, ref)
}

// readManifests is a way to the registry for somebody who has read the
// manifests of the version already.
type readManifests struct {
	next http.RoundTripper
	v    *version
}

// RoundTrip implements http.RoundTripper.
func (r readManifests) RoundTrip(request *http.Request) (*http.Response, error) {
	img := r.v.manifests[path.Base(request.URL.Path)]
	if img == nil || request.Method != http.MethodGet {
		return r.next.RoundTrip(request)
	}
	raw, err := img.RawManifest()
	if err != nil {
		return nil, err
	}
	mediaType, err := img.MediaType()
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: request, Body: io.NopCloser(bytes.NewReader(raw)),
		Header: http.Header{"Content-Type": {string(mediaType)}},
	}, nil
}
