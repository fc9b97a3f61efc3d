package publish

import (
	"testing"

	"github.com/modship/modship/internal/registrytest"
)

func TestMain(m *testing.M) { registrytest.Main(m) }
