package registrytest

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// File is an entry of a test layer.
type File struct {
	Name    string
	Content string
	kind    byte // tar type, 0 means a regular file
}

// TarOf returns a tar archive of files.
func TarOf(t testing.TB, files ...File) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, f := range files {
		kind := f.kind
		if kind == 0 {
			kind = tar.TypeReg
		}
		header := &tar.Header{Name: f.Name, Mode: 0o644, Size: int64(len(f.Content)), Typeflag: kind}
		if err := writer.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(writer, f.Content); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// Image makes an OCI image of layers, made at a fixed time.
func Image(t testing.TB, layers ...[]File) v1.Image {
	t.Helper()
	made := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, files := range layers {
		content := TarOf(t, files...)
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content)), nil
		}, tarball.WithMediaType(types.OCILayer))
		if err != nil {
			t.Fatal(err)
		}
		if made, err = mutate.AppendLayers(made, layer); err != nil {
			t.Fatal(err)
		}
	}
	made, err := mutate.CreatedAt(made, v1.Time{Time: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// Push puts an image into a repository as a build does, and returns its digest
// reference. It uses ggcr's own client, so that what is tested is not what
// prepares the test.
func (r *Registry) Push(repository string, what remote.Taggable) string {
	r.T.Helper()
	digest := digestOf(RawManifest(r.T, what))
	ref, err := name.ParseReference(repository + "@" + digest)
	if err != nil {
		r.T.Fatal(err)
	}
	if err := r.put(ref, what); err != nil {
		r.T.Fatal(err)
	}
	return ref.String()
}

// Tag puts an image at a tag.
func (r *Registry) Tag(ref string, what remote.Taggable) string {
	r.T.Helper()
	parsed, err := name.ParseReference(ref)
	if err != nil {
		r.T.Fatal(err)
	}
	if err := r.put(parsed, what); err != nil {
		r.T.Fatal(err)
	}
	return digestOf(RawManifest(r.T, what))
}

func (r *Registry) put(ref name.Reference, what remote.Taggable) error {
	options := []remote.Option{remote.WithAuth(&authn.Basic{Username: TestUser, Password: TestPassword})}
	if r.Transport != nil {
		options = append(options, remote.WithTransport(r.Transport))
	}
	switch what := what.(type) {
	case v1.Image:
		return remote.Write(ref, what, options...)
	case v1.ImageIndex:
		return remote.WriteIndex(ref, what, options...)
	}
	return fmt.Errorf("cannot push %T", what)
}

// RawManifest returns the bytes of a manifest.
func RawManifest(t testing.TB, what remote.Taggable) []byte {
	t.Helper()
	raw, err := what.RawManifest()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Built is a version as a build leaves it: its images are in the module's
// repository, no tag is on them.
type Built struct{ Bundle, Release, App string }

// Build makes the images of a version: the bundle of three blobs, the release
// image of two. Salt makes the content differ for the same version.
func (r *Registry) Build(module, tag, salt string, moduleYAML ...string) Built {
	r.T.Helper()
	repository := r.Repository(module)
	var definition strings.Builder
	definition.WriteString("name: " + module + "\nstage: General Availability\n")
	for _, line := range moduleYAML {
		definition.WriteString(line + "\n")
	}
	app := r.Push(repository.BundleRepo(), Image(r.T, []File{{Name: "app", Content: "app of " + module}}))
	bundle := Image(r.T,
		[]File{{Name: "module.yaml", Content: definition.String()}, {Name: "salt", Content: salt}},
		[]File{{Name: "images_digests.json", Content: fmt.Sprintf(`{"app":%q}`, app[len(app)-71:])}})
	release := Image(r.T, []File{
		{Name: "version.json", Content: fmt.Sprintf(`{"version":%q}`, tag)},
		{Name: "module.yaml", Content: definition.String()},
		{Name: "salt", Content: salt},
	})
	return Built{
		Bundle:  r.Push(repository.BundleRepo(), bundle),
		Release: r.Push(repository.BundleRepo(), release),
		App:     app,
	}
}

// ReferrerOf makes an image whose subject is what.
func ReferrerOf(t *testing.T, what v1.ImageIndex) v1.Image {
	t.Helper()
	digest, err := what.Digest()
	if err != nil {
		t.Fatal(err)
	}
	size, err := what.Size()
	if err != nil {
		t.Fatal(err)
	}
	subject := v1.Descriptor{MediaType: "application/vnd.oci.image.index.v1+json", Digest: digest, Size: size}
	return mutate.Subject(Image(t, []File{{Name: "sbom", Content: "{}"}}), subject).(v1.Image)
}

// ChildDigest returns the digest of the index's image for an architecture.
func ChildDigest(t *testing.T, what v1.ImageIndex, arch string) string {
	t.Helper()
	manifest, err := what.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range manifest.Manifests {
		if child.Platform.Architecture == arch {
			return child.Digest.String()
		}
	}
	t.Fatalf("no image for %s", arch)
	return ""
}

// Dir returns a directory of an image.
func Dir(name string) File { return File{Name: name, kind: tar.TypeDir} }

// Index makes an index of one image a platform.
func Index(images map[string]v1.Image) v1.ImageIndex {
	made := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range slices.Sorted(maps.Keys(images)) {
		made = mutate.AppendManifests(made, mutate.IndexAddendum{
			Add: images[arch], Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	return made
}
