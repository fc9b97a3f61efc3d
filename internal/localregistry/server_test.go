package localregistry

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func serve(t *testing.T, opts Options) *Server {
	t.Helper()
	opts.Addr = "127.0.0.1:0"
	server, err := Serve(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(context.Background()) })
	return server
}

func push(t *testing.T, addr string, opts ...remote.Option) name.Tag {
	t.Helper()
	image, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(addr + "/modules/echo:v0.1.0")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, image, opts...); err != nil {
		t.Fatal(err)
	}
	return tag
}

func TestContentIsKeptBetweenRunsAndCanBeDeleted(t *testing.T) {
	dir := t.TempDir()
	first := serve(t, Options{Dir: dir})
	written := push(t, first.Addr())
	want, err := remote.Head(written)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}

	second := serve(t, Options{Dir: dir})
	tag, _ := name.NewTag(second.Addr() + "/modules/echo:v0.1.0")
	got, err := remote.Head(tag)
	if err != nil {
		t.Fatal(err)
	}
	if got.Digest != want.Digest {
		t.Errorf("after a restart the tag is on %s, want %s", got.Digest, want.Digest)
	}
	if err := remote.Delete(tag); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func TestCatalog(t *testing.T) {
	server := serve(t, Options{})
	push(t, server.Addr())
	host, err := name.NewRegistry(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	// With the page size that go-containerregistry, and so crane, asks for.
	repos, err := remote.Catalog(t.Context(), host, remote.WithPageSize(1000))
	if err != nil || len(repos) != 1 || repos[0] != "modules/echo" {
		t.Errorf("repositories %v, %v", repos, err)
	}
}

func TestServeRefusesAddressesOthersCanReach(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.168.1.1:0", "example.com:80", "127.0.0.1"} {
		if server, err := Serve(t.Context(), Options{Addr: addr}); err == nil {
			server.Close(context.Background())
			t.Errorf("%s was served", addr)
		}
	}
}

func TestServeTellsWhoHoldsTheAddress(t *testing.T) {
	running := serve(t, Options{Username: "ci", Password: "x"})
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "hello")
	}))
	defer page.Close()
	for addr, registry := range map[string]bool{running.Addr(): true, page.Listener.Addr().String(): false} {
		_, err := Serve(t.Context(), Options{Addr: addr})
		var inUse *InUseError
		if !errors.As(err, &inUse) || inUse.Registry != registry {
			t.Errorf("Serve(%s) = %v, want an InUseError with Registry %v", addr, err, registry)
		}
	}
}

func TestDirectoryThatIsAFile(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(t.Context(), Options{Addr: "127.0.0.1:0", Dir: file}); err == nil {
		t.Error("a file was taken as the registry's directory")
	}
}

func TestPasswordAndTLS(t *testing.T) {
	cert := certificate(t)
	server := serve(t, Options{Username: "ci", Password: "right", Certificate: &cert})
	if !Probe(t.Context(), server.Addr()) {
		t.Error("Probe does not see a registry behind TLS and a password")
	}
	client := remote.WithTransport(&http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}})
	tag := push(t, server.Addr(), client, remote.WithAuth(&authn.Basic{Username: "ci", Password: "right"}))
	_, err := remote.Head(tag, client, remote.WithAuth(&authn.Basic{Username: "ci", Password: "wrong"}))
	if err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("wrong password: %v, want 401", err)
	}
}

func TestCancelStopsTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server, err := Serve(ctx, Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-server.Done()
	if err := server.Close(context.Background()); err != nil {
		t.Errorf("Close after cancel: %v", err)
	}
}

func TestQuiet(t *testing.T) {
	output := captureOutput(t, func() {
		server := serve(t, Options{Dir: t.TempDir(), Username: "ci", Password: "right"})
		tag := push(t, server.Addr(), remote.WithAuth(&authn.Basic{Username: "ci", Password: "right"}))
		remote.Head(tag)
		other, _ := name.NewTag(tag.Repository.String() + ":absent")
		remote.Head(other, remote.WithAuth(&authn.Basic{Username: "ci", Password: "right"}))
		server.Close(context.Background())
	})
	if output != "" {
		t.Errorf("the registry wrote to the process's output:\n%s", output)
	}
}

// captureOutput returns what do writes to both outputs of this process. logrus
// holds os.Stderr since its start, so the descriptors' files are swapped, which
// only works for writers that look them up; logrus is pointed there by hand.
func captureOutput(t *testing.T, do func()) string {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	copied := make(chan struct{})
	go func() { defer close(copied); io.Copy(&out, reader) }()
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = writer, writer
	restore := redirectLogrus(writer)
	do()
	restore()
	os.Stdout, os.Stderr = stdout, stderr
	writer.Close()
	<-copied
	return out.String()
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
