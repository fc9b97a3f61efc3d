package localregistry

import (
	"io"

	"github.com/sirupsen/logrus"
)

// redirectLogrus points logrus's global logger, distribution's fallback, at w.
func redirectLogrus(w io.Writer) (restore func()) {
	before := logrus.StandardLogger().Out
	logrus.SetOutput(w)
	return func() { logrus.SetOutput(before) }
}
