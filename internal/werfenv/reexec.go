package werfenv

import (
	"os"
	"strings"

	"github.com/werf/werf/v2/cmd/werf/common"
)

// helperPrefixes are how the names begin under which Buildah and its storage
// start this executable again as a helper.
var helperPrefixes = []string{"buildah-", "chrootuser-", "storage-"}

// RunHelper does the work of a helper process if this process is one. When it
// returns true the process has nothing else to do.
func RunHelper() (bool, error) {
	for _, prefix := range helperPrefixes {
		if strings.HasPrefix(os.Args[0], prefix) {
			return common.ContainerBackendProcessStartupHook()
		}
	}
	return false, nil
}
