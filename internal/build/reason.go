package build

import "strings"

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
