package remote

import (
	"context"
	"time"

	"github.com/modship/modship/internal/registrytest"
)

// testManifest is a manifest without blobs of its own.
func testManifest() *Manifest {
	raw := []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`)
	return &Manifest{Digest: DigestOf(raw), MediaType: "application/vnd.oci.image.index.v1+json", Raw: raw}
}

// newClient returns a client with the test's login that does not wait.
func newClient(r *registrytest.Registry, change ...func(*ClientOptions)) *Client {
	r.T.Helper()
	opts := ClientOptions{
		Username: registrytest.TestUser, Password: registrytest.TestPassword, Host: r.Addr,
		Transport: r.Transport, DockerConfig: r.T.TempDir(), Timeout: 5 * time.Second,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	for _, c := range change {
		c(&opts)
	}
	client := NewClient(opts)
	r.T.Cleanup(client.Close)
	return client
}
