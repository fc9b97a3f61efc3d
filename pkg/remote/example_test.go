package remote_test

import (
	"context"
	"fmt"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/pkg/remote"
)

// A tag is written, listed, and carried to another repository of the registry.
func Example() {
	ctx := context.Background()
	registry, err := localregistry.Serve(ctx, localregistry.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer registry.Close(ctx)
	client := remote.NewClient(remote.ClientOptions{})
	defer client.Close()

	dev, err := client.ParseReference(registry.Addr() + "/dev/echo:v1.0.0")
	if err != nil {
		fmt.Println(err)
		return
	}
	prod, err := client.ParseReference(registry.Addr() + "/prod/echo:v1.0.0")
	if err != nil {
		fmt.Println(err)
		return
	}
	raw := []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`)
	index := &remote.Manifest{Digest: remote.DigestOf(raw), MediaType: "application/vnd.oci.image.index.v1+json", Raw: raw}
	if _, err := client.PutManifest(ctx, dev, index); err != nil {
		fmt.Println(err)
		return
	}
	manifest, err := client.FetchManifest(ctx, dev)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.Transfer(ctx, dev.Repo, prod, manifest); err != nil {
		fmt.Println(err)
		return
	}
	tags, err := client.Tags(ctx, registry.Addr()+"/prod/echo")
	fmt.Println(tags, err)
	// Output: [v1.0.0] <nil>
}
