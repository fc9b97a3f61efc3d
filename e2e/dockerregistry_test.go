package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/crypto/bcrypt"

	"github.com/modship/modship/internal/baseimage"
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
	ca   string // file of the certificate that clients have to trust
	pool *x509.CertPool
}

func startDebianRegistry(t *testing.T) *debianRegistry {
	t.Helper()
	needProgram(t, "docker-registry")
	dir := t.TempDir()
	r := &debianRegistry{addr: freeAddr(t), ca: filepath.Join(dir, "cert.pem"), pool: x509.NewCertPool()}
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

// withDockerLogin writes what `docker login` writes.
func (h *home) withDockerLogin(t *testing.T, addr string) *home {
	t.Helper()
	dir := filepath.Join(h.dir, "home", ".docker")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	auth := base64.StdEncoding.EncodeToString([]byte(registryUser + ":" + registryPassword))
	writeFile(t, filepath.Join(dir, "config.json"), fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, addr, auth))
	return h
}

// TestDebianRegistry does the main job against docker-registry with TLS and a
// password, with both ways to give the login.
func TestDebianRegistry(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	r := startDebianRegistry(t)
	opts := baseimage.PushOptions{Keychain: r, Transport: r.transport()}
	if _, err := baseimage.Push(context.Background(), r.addr, opts); err != nil {
		t.Fatal(err)
	}
	s := shapeNamed("echo")
	dir := s.repo(t, r.addr)
	source := r.addr + "/modules"

	dockerLogin := newHome(t).with("SSL_CERT_FILE="+r.ca).withDockerLogin(t, r.addr)
	mainJob(t, dockerLogin, dir, source)
	before := r.snapshot(t)

	ciLogin := newHome(t).with("SSL_CERT_FILE="+r.ca, "MODULES_REGISTRY_LOGIN="+registryUser, "MODULES_REGISTRY_PASSWORD="+registryPassword)
	mainJob(t, ciLogin, dir, source)
	if strings.Join(before, "\n") != strings.Join(r.snapshot(t), "\n") {
		t.Errorf("the second time changed the registry: %v, before %v", r.snapshot(t), before)
	}
	found, err := filesWith(ciLogin.dir, registryPassword, "containers")
	if err != nil || len(found) > 0 {
		t.Errorf("the password is left in %v (%v)", found, err)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(registryUser + ":" + registryPassword))
	if found, err = filesWith(ciLogin.dir, encoded, "containers"); err != nil || len(found) > 0 {
		t.Errorf("the login is left in %v (%v)", found, err)
	}

	checkRefused(t, r, dir, source)
}

// mainJob publishes, promotes, verifies and asks for the status; nothing that
// it prints holds the password.
func mainJob(t *testing.T, h *home, dir, source string) {
	t.Helper()
	for _, args := range [][]string{
		{"publish", "--source", source, "--tag", version},
		{"promote", "--source", source, "--tag", version, "--channel", "alpha"},
		{"verify", "--source", source, "--all"},
		{"status", "--source", source},
	} {
		r := h.run(t, dir, "modship", args...)
		if r.code != 0 {
			t.Fatalf("modship %v: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
		if strings.Contains(r.stdout+r.stderr, registryPassword) {
			t.Errorf("modship %v printed the password:\n%s%s", args, r.stdout, r.stderr)
		}
	}
}

// checkRefused tries without a login, with a wrong password and without trust.
func checkRefused(t *testing.T, r *debianRegistry, dir, source string) {
	t.Helper()
	for _, tt := range []struct {
		name, want, hint string
		env              []string
		code             int
	}{
		{"no login", "401", "hint: log in with docker login or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD", []string{"SSL_CERT_FILE=" + r.ca}, 4},
		{"wrong password", "401", "hint: check the login: it was refused, or does not allow this",
			[]string{"SSL_CERT_FILE=" + r.ca, "MODULES_REGISTRY_LOGIN=" + registryUser, "MODULES_REGISTRY_PASSWORD=wr0ng-pa55word"}, 4},
		{"certificate not trusted", "certificate", "hint: add its authority to the system's", []string{"MODULES_REGISTRY_LOGIN=" + registryUser, "MODULES_REGISTRY_PASSWORD=" + registryPassword}, 1},
	} {
		for _, verb := range []string{"publish", "status"} {
			got := newHome(t).with(tt.env...).run(t, dir, "modship", verb, "--source", source)
			if got.code != tt.code || !strings.Contains(got.stderr, tt.want) || !strings.Contains(got.stderr, tt.hint) {
				t.Errorf("%s, %s: exit code %d, want %d with %q and %q:\n%s", tt.name, verb, got.code, tt.code, tt.want, tt.hint, got.stderr)
			}
			if strings.Contains(got.stderr, "pa55word") || strings.Contains(got.stderr, registryPassword) {
				t.Errorf("%s, %s: a password was printed:\n%s", tt.name, verb, got.stderr)
			}
		}
	}
}
