package werfenv

import (
	"os"

	"github.com/werf/werf/v2/cmd/werf/common"

	"github.com/modship/modship/internal/build/start"
)

// RunHelper does the work of a helper process of Buildah if this process is one.
// When it returns true the process has nothing else to do.
func RunHelper() (bool, error) {
	if !start.IsHelper(os.Args[0]) {
		return false, nil
	}
	return common.ContainerBackendProcessStartupHook()
}
