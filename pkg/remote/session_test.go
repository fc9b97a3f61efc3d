package remote

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/registrytest"
)

// retag reads the bundle of b and writes it under a tag.
func retag(ctx context.Context, c *Client, b registrytest.Built) error {
	ref, err := c.ParseReference(b.Bundle)
	if err != nil {
		return err
	}
	manifest, err := c.FetchManifest(ctx, ref)
	if err != nil {
		return err
	}
	_, err = c.PutManifest(ctx, ref.At("v0.1.0"), manifest)
	return err
}

func TestLogins(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte(registrytest.TestUser + ":" + registrytest.TestPassword))
	config := func(content string) func(*ClientOptions) {
		return func(o *ClientOptions) {
			o.Username, o.Password, o.Host = "", "", ""
			if err := os.WriteFile(filepath.Join(o.DockerConfig, "config.json"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, basicAuth := range []bool{false, true} {
		r := registrytest.New(t)
		b := r.Build("echo", "v0.1.0", "")
		r.Tokens.Basic = basicAuth
		helperPath(t, r.Addr)
		for _, test := range []struct {
			name   string
			change func(*ClientOptions)
			status int   // of the *Error
			login  Login // likewise
			kind   error
		}{
			{"user name and password", func(*ClientOptions) {}, 0, Login{}, nil},
			{"Docker configuration", config(fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, r.Addr, basic)), 0, Login{}, nil},
			{"credential helper", config(fmt.Sprintf(`{"credHelpers":{%q:"modship-test"}}`, r.Addr)), 0, Login{}, nil},
			{"no login", config(`{}`), 401, Login{}, nil},
			{"wrong password", func(o *ClientOptions) { o.Password = "wrong-secret" }, 401, Login{FromOptions, r.Addr}, nil},
			{"wrong one of Docker", config(fmt.Sprintf(`{"auths":{%q:{"auth":"dTp3cm9uZw=="}}}`, r.Addr)), 401, Login{Origin: FromKeychain}, nil},
			{"login without its registry", func(o *ClientOptions) { o.Host = "" }, 0, Login{}, ErrLoginWithoutHost},
			{
				"login for another registry", func(o *ClientOptions) { o.Host = "registry.example.com" }, 401,
				Login{GivenFor: "registry.example.com"},
				nil,
			},
		} {
			err := retag(t.Context(), newClient(r, test.change), b)
			var response *Error
			if errors.As(err, &response); response == nil {
				response = &Error{}
			}
			if response.Status != test.status || response.Login != test.login {
				t.Errorf("basic %v, %s: %v (status %d, login %+v), want %d, %+v", basicAuth, test.name, err, response.Status, response.Login, test.status, test.login)
			}
			if (test.status == 0 && test.kind == nil) != (err == nil) || test.kind != nil && !errors.Is(err, test.kind) {
				t.Errorf("basic %v, %s: %v, want %v", basicAuth, test.name, err, test.kind)
			}
		}
	}
}

// helperPath puts a credential helper for the registry on PATH.
func helperPath(t *testing.T, addr string) {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho '{\"ServerURL\":\"%s\",\"Username\":\"%s\",\"Secret\":\"%s\"}'\n", addr, registrytest.TestUser, registrytest.TestPassword)
	if err := os.WriteFile(filepath.Join(dir, "docker-credential-modship-test"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestRegistryWithoutLogin(t *testing.T) {
	r := registrytest.New(t)
	b := r.Build("echo", "v0.1.0", "")
	r.Tokens.Open = true
	anonymous := newClient(r, func(o *ClientOptions) { o.Username, o.Password, o.Host = "", "", "" })
	if err := retag(t.Context(), anonymous, b); err != nil {
		t.Error(err)
	}
}

func TestReadOnlyLogin(t *testing.T) {
	for _, strict := range []bool{false, true} {
		r := registrytest.New(t)
		b := r.Build("echo", "v0.1.0", "")
		r.Tokens.ReadOnly, r.Tokens.Strict = true, strict
		s := newClient(r)
		if _, err := s.Tags(t.Context(), r.Repository("echo").BundleRepo()); err != nil {
			t.Fatalf("strict %v: reading needs no permission to write: %v", strict, err)
		}
		if err := retag(t.Context(), s, b); StatusOf(err) != 401 && StatusOf(err) != 403 {
			t.Errorf("strict %v: writing with a login that may only read: %v, want a refusal", strict, err)
		}
	}
}

func TestTokensExpire(t *testing.T) {
	r := registrytest.New(t)
	b := r.Build("echo", "v0.1.0", "")
	s := newClient(r)
	if err := retag(t.Context(), s, b); err != nil {
		t.Fatal(err)
	}
	r.Tokens.Expire()
	if err := retag(t.Context(), s, b); err != nil {
		t.Errorf("after the token expired: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	s := NewClient(ClientOptions{DockerConfig: t.TempDir()})
	s.wire.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	_, _, err = s.Digest(t.Context(), addr+"/modules/echo:v1")
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "unreachable") || strings.Contains(err.Error(), "\n") {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestUnreachableWithoutTLS has a registry on this machine that breaks every
// connection: that it speaks no TLS is not the trouble.
func TestUnreachableWithoutTLS(t *testing.T) {
	r := registrytest.New(t)
	r.Around(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	})
	_, _, err := newClient(r).Digest(t.Context(), r.Addr+"/modules/echo:v1")
	if err == nil || !strings.Contains(err.Error(), "unreachable: EOF") {
		t.Errorf("every connection breaks: %v", err)
	}
}

func TestTLS(t *testing.T) {
	cert := certificate(t)
	server, err := localregistry.Serve(t.Context(), localregistry.Options{Addr: "127.0.0.1:0", Certificate: &cert})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close(context.Background())
	ref := server.Addr() + "/modules/echo:v1"

	s := NewClient(ClientOptions{DockerConfig: t.TempDir()})
	defer s.Close()
	_, _, err = s.Digest(t.Context(), ref)
	if !errors.Is(err, ErrUntrusted) {
		t.Errorf("unknown authority: %v", err)
	}
	trusting := NewClient(ClientOptions{DockerConfig: t.TempDir(), SkipTLSVerify: true})
	defer trusting.Close()
	if _, found, err := trusting.Digest(t.Context(), ref); found || err != nil {
		t.Errorf("without verifying: %v, %v", found, err)
	}
}

func TestPlainHTTPToOtherMachinesHasToBeAllowed(t *testing.T) {
	r := registrytest.New(t)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, r.Addr)
	}
	for _, insecure := range []bool{false, true} {
		r.Log.Take()
		s := NewClient(ClientOptions{
			DockerConfig: t.TempDir(), Insecure: insecure,
			Username: registrytest.TestUser, Password: registrytest.TestPassword, Host: "10.1.2.3:5000",
			Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true},
		})
		_, _, err := s.Digest(t.Context(), "10.1.2.3:5000/modules/echo:v1")
		if got := len(r.Log.Take()) > 0; got != insecure {
			t.Errorf("insecure %v: requests in the clear: %v", insecure, got)
		}
		if !insecure && !errors.Is(err, ErrExposed) {
			t.Errorf("error %v", err)
		}
	}
}

// TestSecretsStayOutOfErrors has a registry that echoes what it was sent.
func TestSecretsStayOutOfErrors(t *testing.T) {
	echo := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := registrytest.ServeBack(next, r)
			if answer.Code >= 400 || r.Method == http.MethodPut {
				maps.Copy(w.Header(), answer.Header())
				user, password, _ := r.BasicAuth()
				w.WriteHeader(max(answer.Code, 400))
				fmt.Fprintf(w, `{"errors":[{"code":"DENIED","message":"bad %s %s %s"}]}`, r.Header.Get("Authorization"), user, password)
				return
			}
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			w.Write(answer.Body.Bytes())
		})
	}
	for _, basic := range []bool{false, true} {
		r := registrytest.New(t)
		b := r.Build("echo", "v0.1.0", "")
		r.Around(echo)
		r.Tokens.Basic = basic
		var logged strings.Builder
		for _, password := range []string{registrytest.TestPassword, "wrong-secret"} {
			s := newClient(r, func(o *ClientOptions) {
				o.Password = password
				o.Log = func(format string, args ...any) { fmt.Fprintf(&logged, format+"\n", args...) }
			})
			err := retag(t.Context(), s, b)
			if err == nil {
				t.Fatal("the registry refuses everything, and writing went well")
			}
			text := err.Error() + logged.String()
			basicValue := base64.StdEncoding.EncodeToString([]byte(registrytest.TestUser + ":" + password))
			for _, secret := range append(r.Tokens.Issued(), password, basicValue) {
				if strings.Contains(text, secret) {
					t.Errorf("basic %v: %q is in %q", basic, secret, text)
				}
			}
		}
	}
}

// TestTokenServersThatMisbehave has one that leaks and one on a private address.
func TestTokenServersThatMisbehave(t *testing.T) {
	for _, test := range []struct{ name, realm, body, want string }{
		{"no token in the answer", "", `{"refresh":"top-secret-refresh"}`, "not understood"},
		{"no JSON", "", "<html>\nplease sign in top-secret-page", "not understood"},
		{"private address", "http://10.0.0.1/token", "", "not accepted"},
	} {
		r := registrytest.New(t)
		r.Around(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path == "/token" {
					fmt.Fprint(w, test.body)
					return
				}
				realm := test.realm
				if realm == "" {
					realm = "http://" + req.Host + "/token"
				}
				w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="test"`, realm))
				registrytest.Refuse(w, http.StatusUnauthorized, "UNAUTHORIZED")
			})
		})
		_, _, err := newClient(r).Digest(t.Context(), r.Addr+"/modules/echo:v1")
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "top-secret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestLoginInReferenceIsNotPrinted(t *testing.T) {
	s := NewClient(ClientOptions{})
	_, _, err := s.Digest(t.Context(), "robot:hunter22@registry.example.com/modules/echo:v1")
	if !errors.Is(err, ErrLoginInReference) || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("login in a reference: %v", err)
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
