// Package registrytest serves real registries for tests: distribution in process,
// with a token server, a log of requests, and faults.
package registrytest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/factory"
	"github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	"github.com/sirupsen/logrus"
)

// Main runs the tests of a package that uses a [Registry]: it silences
// distribution and registers the storage of [Content]. distribution allocates
// 4 MiB for each blob it reads, hence the rarer garbage collection.
func Main(m *testing.M) {
	debug.SetGCPercent(800)
	logrus.SetOutput(io.Discard)
	factory.Register("given", givenFactory{})
	os.Exit(m.Run())
}

type givenFactory struct{}

// Create implements factory.StorageDriverFactory.
func (givenFactory) Create(_ context.Context, parameters map[string]any) (storagedriver.StorageDriver, error) {
	driver, ok := parameters["driver"].(storagedriver.StorageDriver)
	if !ok {
		return nil, fmt.Errorf("no driver is given")
	}
	return driver, nil
}

// Content is the content of a registry, copied as often as needed.
type Content map[string][]byte

// NewContent lets set fill a registry and returns its content.
func NewContent(t *testing.T, set func(*Registry)) Content {
	t.Helper()
	driver := inmemory.New()
	set(rigOn(t, driver))
	content := Content{}
	err := driver.Walk(t.Context(), "/", func(info storagedriver.FileInfo) error {
		if info.IsDir() {
			return nil
		}
		data, err := driver.GetContent(t.Context(), info.Path())
		content[info.Path()] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Open makes a registry with a copy of the content.
func (s Content) Open(t *testing.T) *Registry {
	t.Helper()
	driver := inmemory.New()
	for _, path := range slices.Sorted(maps.Keys(s)) {
		if err := driver.PutContent(t.Context(), path, s[path]); err != nil {
			t.Fatal(err)
		}
	}
	return rigOn(t, driver)
}

// rigOn makes a rig that is spoken to in process only.
func rigOn(t *testing.T, driver storagedriver.StorageDriver) *Registry {
	t.Helper()
	config := &configuration.Configuration{Storage: configuration.Storage{
		"given":       configuration.Parameters{"driver": driver},
		"delete":      configuration.Parameters{"enabled": true},
		"redirect":    configuration.Parameters{"disable": true},
		"maintenance": configuration.Parameters{"uploadpurging": map[any]any{"enabled": false}},
	}}
	config.HTTP.RelativeURLs = true
	config.HTTP.Secret = "secret of the test"
	app := handlers.NewApp(context.WithoutCancel(t.Context()), config)
	t.Cleanup(func() { app.Shutdown() })
	r := &Registry{T: t, Log: &requestLog{}, Tokens: newTokenServer(), Addr: "127.0.0.1:5555"}
	r.Plain = r.Tokens.wrap(app)
	r.Transport = InProcess{Handler: r.Plain}
	return r
}

var _ http.RoundTripper = InProcess{}

// InProcess hands requests to a handler without a network.
type InProcess struct{ Handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (p InProcess) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme == "https" {
		return nil, http.ErrSchemeMismatch
	}
	served := request.Clone(request.Context())
	served.RequestURI, served.Host = request.URL.RequestURI(), request.URL.Host
	if served.Body == nil {
		served.Body = http.NoBody
	}
	recorder := ServeBack(p.Handler, served)
	if request.Body != nil {
		request.Body.Close()
	}
	response := recorder.Result()
	response.Request = request
	if request.Method == http.MethodHead {
		response.Body = http.NoBody
	}
	return response, nil
}
