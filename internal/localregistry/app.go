package localregistry

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem" // storage kept between runs
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"   // storage for tests
	"github.com/sirupsen/logrus"
)

// catalogPage is distribution's default for the largest page of the list of
// repositories.
const catalogPage = 1000

// newApp returns distribution's handler. distribution panics if it cannot use the
// storage, so newApp tries the directory first.
func newApp(ctx context.Context, dir, secret string) (*handlers.App, error) {
	storage := configuration.Storage{
		"delete": configuration.Parameters{"enabled": true},
		// Without it every pull tries to find a URL to redirect to.
		"redirect": configuration.Parameters{"disable": true},
		// Done by purgeUploads.
		"maintenance": configuration.Parameters{"uploadpurging": map[any]any{"enabled": false}},
	}
	if dir == "" {
		storage["inmemory"] = configuration.Parameters{}
	} else {
		if err := checkWritable(dir); err != nil {
			return nil, err
		}
		purgeUploads(dir, time.Now())
		storage["filesystem"] = configuration.Parameters{"rootdirectory": dir}
	}
	config := &configuration.Configuration{Storage: storage}
	// Relative upload locations stay right behind a port forward or a proxy.
	config.HTTP.RelativeURLs = true
	config.HTTP.Secret = cmp.Or(secret, rand.Text())
	// Only distribution's own reader of configuration files sets the default;
	// with 0 every listing of repositories that names a page size is refused.
	config.Catalog.MaxEntries = catalogPage
	return handlers.NewApp(ctx, config), nil
}

func checkWritable(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("registry directory %s: %w", dir, err)
	}
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return fmt.Errorf("create the registry directory: %w", err)
	}
	probe, err := os.CreateTemp(abs, ".writable-*")
	if err != nil {
		return fmt.Errorf("registry directory %s is not writable: %w", abs, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// silentContext gives distribution a logger that drops everything.
//
// distribution takes its logger from the context under a key of an internal
// package, which cannot be named here, and falls back to logrus's global
// logger, which is not ours to change: werf and Buildah log through it.
type silentContext struct {
	context.Context //nolint:containedctx // it is a context
	logger          *logrus.Entry
}

func silence(ctx context.Context) context.Context {
	return silentContext{Context: ctx, logger: silentLogger()}
}

// silentLogger returns the one logger that drops everything.
var silentLogger = sync.OnceValue(func() *logrus.Entry {
	logger := logrus.New()
	logger.SetOutput(io.Discard)
	logger.SetLevel(logrus.PanicLevel)
	return logrus.NewEntry(logger)
})

func (c silentContext) Value(key any) any {
	if fmt.Sprintf("%T", key) == "dcontext.loggerKey" {
		return c.logger
	}
	return c.Context.Value(key)
}

// quiet gives every request a silent context.
func quiet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(silence(r.Context())))
	})
}

// basicAuth requires one user's password. It compares digests, so that the duration
// of the comparison reveals nothing about the password.
func basicAuth(next http.Handler, username, password string) http.Handler {
	want := sha256.Sum256([]byte(username + ":" + password))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, pass, ok := r.BasicAuth()
		got := sha256.Sum256([]byte(user + ":" + pass))
		if ok && subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="modship"`)
		w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
	})
}
