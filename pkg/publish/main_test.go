package publish

import (
	"io"
	"os"
	"runtime/debug"
	"testing"

	"github.com/distribution/distribution/v3/registry/storage/driver/factory"
	"github.com/sirupsen/logrus"
)

// TestMain silences distribution where it is not served by internal/localregistry, and
// lets it be given a storage that is made already. distribution takes 4 MiB to
// read whatever blob, so that collecting is most of the work otherwise.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	logrus.SetOutput(io.Discard)
	factory.Register("given", givenFactory{})
	os.Exit(m.Run())
}
