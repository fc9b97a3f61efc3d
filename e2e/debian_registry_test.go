package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/crypto/bcrypt"
)

// The login of the Debian registry.
const (
	registryUser     = "publisher"
	registryPassword = "s3cret-of-the-registry"
)

// debianRegistry is Debian's docker-registry (distribution 2.8) with TLS and a
// password.
type debianRegistry struct {
	addr string
	dir  string // its data
	ca   string // file of the certificate that clients have to trust
	pool *x509.CertPool
}

func startDebianRegistry(t *testing.T) *debianRegistry {
	t.Helper()
	needProgram(t, "docker-registry")
	dir := t.TempDir()
	r := &debianRegistry{addr: freeAddr(t), dir: filepath.Join(dir, "data"), ca: filepath.Join(dir, "cert.pem"), pool: x509.NewCertPool()}
	writeCertificate(t, r, filepath.Join(dir, "key.pem"))
	hash, err := bcrypt.GenerateFromPassword([]byte(registryPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "htpasswd"), registryUser+":"+string(hash)+"\n")
	config := filepath.Join(dir, "config.yml")
	writeFile(t, config, fmt.Sprintf(`version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: %[1]s/data}, delete: {enabled: true}}
auth: {htpasswd: {realm: modship, path: %[1]s/htpasswd}}
http: {addr: %[2]q, tls: {certificate: %[1]s/cert.pem, key: %[1]s/key.pem}}
`, dir, r.addr))
	cmd := exec.Command("docker-registry", "serve", config)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	r.await(t)
	return r
}

// freeAddr is a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeCertificate makes a certificate for the loopback address that is its
// own authority.
func writeCertificate(t *testing.T, r *debianRegistry, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	writeFile(t, r.ca, string(cert))
	writeFile(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	r.pool.AppendCertsFromPEM(cert)
}

func (r *debianRegistry) transport() http.RoundTripper {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: r.pool}}
}

func (r *debianRegistry) await(t *testing.T) {
	t.Helper()
	client := &http.Client{Transport: r.transport()}
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		answer, err := client.Get("https://" + r.addr + "/v2/")
		if err == nil {
			answer.Body.Close()
			return
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("docker-registry does not answer: %v", err)
		}
	}
}

// Resolve makes the registry its own keychain: every login is the right one.
func (r *debianRegistry) Resolve(authn.Resource) (authn.Authenticator, error) {
	return &authn.Basic{Username: registryUser, Password: registryPassword}, nil
}

func (r *debianRegistry) snapshot(t *testing.T) []string {
	t.Helper()
	lines, err := snapshot(r.addr, remote.WithAuthFromKeychain(r), remote.WithTransport(r.transport()))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
