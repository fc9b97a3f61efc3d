package publish

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
)

type givenFactory struct{}

// Create implements factory.StorageDriverFactory.
func (givenFactory) Create(_ context.Context, parameters map[string]any) (storagedriver.StorageDriver, error) {
	driver, ok := parameters["driver"].(storagedriver.StorageDriver)
	if !ok {
		return nil, fmt.Errorf("no driver is given")
	}
	return driver, nil
}

// stage is the content of a registry, to be copied as often as needed.
type stage map[string][]byte

// newStage lets set fill a registry and takes its content.
func newStage(t *testing.T, set func(*rig)) stage {
	t.Helper()
	driver := inmemory.New()
	set(rigOn(t, driver))
	content := stage{}
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

// open makes a registry with a copy of the content.
func (s stage) open(t *testing.T) *rig {
	t.Helper()
	driver := inmemory.New()
	for _, path := range sortedKeys(s) {
		if err := driver.PutContent(t.Context(), path, s[path]); err != nil {
			t.Fatal(err)
		}
	}
	return rigOn(t, driver)
}

// rigOn makes a rig that is spoken to in process only.
func rigOn(t *testing.T, driver storagedriver.StorageDriver) *rig {
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
	r := &rig{t: t, log: &requestLog{}, tokens: newTokenServer(), addr: "127.0.0.1:5555"}
	r.plain = r.tokens.wrap(app)
	r.wire = inProcess{r.plain}
	return r
}

var _ http.RoundTripper = inProcess{}
