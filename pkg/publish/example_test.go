package publish_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/remote"
)

// Two built images become version v1.0.0 of a module, on the channel alpha.
func Example() {
	ctx := context.Background()
	registry, err := localregistry.Serve(ctx, localregistry.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer registry.Close(ctx)
	repository, err := module.NewRepository(registry.Addr()+"/modules", "echo")
	if err != nil {
		fmt.Println(err)
		return
	}
	client := remote.NewClient(remote.ClientOptions{})
	defer client.Close()
	publisher := publish.New(client, publish.NewOptions{Actor: "example"})

	plan, err := publisher.Plan(ctx, publish.Request{
		Repository: repository, Tag: "v1.0.0", Channels: []module.Channel{module.Alpha},
		Bundle:  build(repository, "images_digests.json", "{}"),
		Release: build(repository, "version.json", `{"version":"v1.0.0"}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, write := range plan.Writes {
		fmt.Println(write.Action, strings.TrimPrefix(write.Ref, registry.Addr()+"/"))
	}
	fmt.Println(publisher.Apply(ctx, plan))
	// Output:
	// create modules/echo/release:v1.0.0
	// create modules/echo:v1.0.0
	// create modules:echo
	// create modules/echo/release:alpha
	// <nil>
}

// build stands for the build: it pushes an image of one file and returns its
// reference by digest.
func build(repository module.Repository, file, content string) string {
	var layer bytes.Buffer
	writer := tar.NewWriter(&layer)
	_ = writer.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(content))})
	_, _ = io.WriteString(writer, content)
	_ = writer.Close()
	files, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil })
	if err != nil {
		return err.Error()
	}
	var image v1.Image
	if image, err = mutate.AppendLayers(empty.Image, files); err != nil {
		return err.Error()
	}
	digest, err := image.Digest()
	if err != nil {
		return err.Error()
	}
	ref, err := name.NewDigest(repository.Image(digest.String()))
	if err == nil {
		err = ggcr.Write(ref, image)
	}
	if err != nil {
		return err.Error()
	}
	return ref.String()
}
