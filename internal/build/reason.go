package build

import (
	"strings"
	"sync"
)

// reasons holds why images are rebuilt, by the first stage of each that was not
// in the repository. The zero value is ready; it is safe for concurrent use.
type reasons struct {
	mu      sync.Mutex
	ofImage map[string]string
}

// add notes that a stage of an image was built; first says that it is the first
// of the image. Later stages of the image do not count.
func (r *reasons) add(image, stage string, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ofImage == nil {
		r.ofImage = map[string]string{}
	}
	if r.ofImage[image] == "" {
		r.ofImage[image] = "at stage " + stage + ": " + stageReason(stage, first)
	}
}

// of returns why an image was rebuilt; it is empty for a reused one.
func (r *reasons) of(image string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ofImage[image]
}

// stageReasons say what a missing stage of that name means: its inputs are
// others than those of any such stage in the repository.
var stageReasons = []struct{ stage, reason string }{
	{"from", "the base image, the parent image or the cache version changed"},
	{"beforeInstall", "the beforeInstall instructions changed"},
	{"install", "the install instructions, or files that stageDependencies.install watches, changed"},
	{"beforeSetup", "the beforeSetup instructions, or files that stageDependencies.beforeSetup watches, changed"},
	{"setup", "the setup instructions, or files that stageDependencies.setup watches, changed"},
	{"dependencies", "imported files, or images named in dependencies, changed"},
	{"gitArchive", "the files added from git changed"},
	{"gitCache", "the files added from git changed by more than 1 MiB"},
	{"gitLatestPatch", "the files added from git changed"},
	{"dockerfile", "the Dockerfile, its arguments or the context files changed"},
	{"imageSpec", "the imageSpec changed"},
}

func stageReason(stage string, first bool) string {
	reason := "instruction " + stage + " changed"
	for _, r := range stageReasons {
		if strings.HasPrefix(stage, r.stage) {
			reason = r.reason
			break
		}
	}
	if first {
		return "not in the repository: it was never built there, or " + reason
	}
	return reason
}
