package werferr

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

const digest = "4d70aab559df44c9925c6d3565de33fe6ca1bdb88f403dd4aa964852"

func TestBuilding(t *testing.T) {
	const repo = "127.0.0.1:5000/modules/minimal"
	for _, tt := range []struct {
		name, werf, want string
		kind             Kind
		hint             string
	}{
		{
			"no permission, go-containerregistry",
			"unable to mutate from: create scratch stage image: push manifest image " + repo + ":" + digest + "-1795344498234: write to the remote " + repo + ":" + digest + "-1795344498234 have failed: error pushing image: POST http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/: DENIED: requested access to the resource is denied",
			"POST http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/: DENIED: requested access to the resource is denied",
			Refused, "The user may not write there: check the permissions of the account for this repository.",
		},
		{
			"read-only registry",
			"error pushing image: POST http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/: UNSUPPORTED: The operation is unsupported.",
			"POST http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/: UNSUPPORTED: The operation is unsupported.",
			Refused, "The registry takes no writes: it is read-only, or does not allow this operation.",
		},
		{
			"quota, Buildah",
			"unable to store stage version/from digest " + digest + " image " + repo + ":" + digest + "-1795344591315: copying: \"" + repo + ":" + digest + "-1795344591315\": writing blob: uploading layer chunked: received unexpected HTTP status: 507 Insufficient Storage",
			"push to " + repo + ": writing blob: uploading layer chunked: received unexpected HTTP status: 507 Insufficient Storage",
			Environment, "The registry has no space left: free some or enlarge its storage.",
		},
		{
			"own disk",
			"write /var/lib/containers/storage/overlay/x: no space left on device",
			"write /var/lib/containers/storage/overlay/x: no space left on device",
			Environment, "Free disk space; the program's own images are below the data directory that `modship env` shows.",
		},
		{
			"state of an upload",
			"PATCH http://127.0.0.1:5000/v2/m/blobs/uploads/8a1f?_state=c2VjcmV0: unexpected status kind 500 Internal Server Error",
			"PATCH http://127.0.0.1:5000/v2/m/blobs/uploads/8a1f: unexpected status kind 500 Internal Server Error",
			Environment, "The registry has a problem of its own: look at its log; running again goes on where this run stopped.",
		},
		{
			"nobody answers",
			"unable to get stages ids from 127.0.0.1:5000/modules/minimal by digest " + digest + " for stage bundle/from: error getting project 127.0.0.1:5000/modules/minimal stages: unable to fetch tags: Get \"https://127.0.0.1:5000/v2/\": dial tcp 127.0.0.1:5000: connect: connection refused",
			"Get \"https://127.0.0.1:5000/v2/\": dial tcp 127.0.0.1:5000: connect: connection refused",
			Environment, "The registry does not answer: check the address in --source and the network.",
		},
		{
			"nobody answers, another repository of werf",
			"unable to fetch tags: Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
			"Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
			Environment, "127.0.0.1:1 does not answer: check the address of that repository (secondary, cache or final) and the network.",
		},
		{
			"a pull of a stage of its own",
			"unable to pull image " + repo + ":" + digest + "-1: error pulling image \"x\": initializing source docker://" + repo + ":" + digest + "-1: reading manifest: unauthorized: authentication required",
			"initializing source docker://" + repo + ":" + digest + "-1: reading manifest: unauthorized: authentication required",
			Refused, "Log in to the registry (docker login, crane auth login), or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD; a password that is set is not accepted.",
		},
		{
			"Docker Hub does not answer",
			`unable to fetch base image "echo-serve" for stage app/from: unable to pull image echo-serve: error pulling image "echo-serve": initializing source docker://echo-serve:latest: pinging container registry registry-1.docker.io: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host`,
			`base image echo-serve: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host`,
			Environment, "docker.io does not answer: check the network, and whether base image echo-serve is meant to come from there.",
		},
		{
			"base image of another registry without a login",
			`unable to fetch base image "registry.example.com/base/go:1" for stage app/from: unable to pull image registry.example.com/base/go:1: error pulling image "x": initializing source docker://registry.example.com/base/go:1: unable to retrieve auth token: invalid username/password: unauthorized`,
			"initializing source docker://registry.example.com/base/go:1: unable to retrieve auth token: invalid username/password: unauthorized",
			Image, "registry.example.com asks for a login: docker login registry.example.com; or the reference of the base image is wrong.",
		},
		{
			"base image that is missing",
			`unable to fetch base image "127.0.0.1:5000/base/x:1" for stage app/from: unable to pull image 127.0.0.1:5000/base/x:1: error pulling image "127.0.0.1:5000/base/x:1": initializing source docker://127.0.0.1:5000/base/x:1: reading manifest 1 in 127.0.0.1:5000/base/x: manifest unknown`,
			"initializing source docker://127.0.0.1:5000/base/x:1: reading manifest 1 in 127.0.0.1:5000/base/x: manifest unknown",
			Image, "A base image is not in its registry: check the reference, and for a module's own registry that it was pushed there.",
		},
		{
			"git remote does not answer",
			`unable to calculate images tree: unable to map stapel config to images sets: unable to clone repo: Get "https://github.com/none/none.git/info/refs?service=git-upload-pack": dial tcp: lookup github.com: no such host`,
			`Get "https://github.com/none/none.git/info/refs?service=git-upload-pack": dial tcp: lookup github.com: no such host`,
			Environment, "github.com does not answer: check the network and the address of the git repository in werf.yaml.",
		},
		{
			"origin of a shallow clone does not answer",
			"unable to calculate images tree: unable to map stapel config to images sets: unable to fetch local git repo: unable to fetch origin: error running command \"/usr/bin/git -c gc.auto=0 fetch --unshallow origin\": exit status 128\nStdout:\n\nStderr:\nfatal: unable to access 'https://git.example/x.git/': Could not resolve host: git.example\n",
			"this clone is shallow, and origin cannot be fetched: unable to access 'https://git.example/x.git/': Could not resolve host: git.example",
			Module, "Check out the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab, git fetch --unshallow); gitWorktree.forceShallowClone: true in werf.yaml does without it.",
		},
		{
			"a file that is not committed",
			"the file \"images/app/main.go\" must be committed\n\nYou may be interested in the development mode (activated by the --dev option)",
			"images/app/main.go has changes that are not committed: werf builds the commit, not the work tree",
			Module, "Commit images/app/main.go, or build with --dev (or --loose-giterminism) while you work on it.",
		},
		{
			"a body that is too large",
			`writing blob: Patch "http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/1": StatusCode: 413, "<html>\r\n<head><title>413 Request Entity Too Large</title></head>`,
			`Patch "http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/1": StatusCode: 413`,
			Environment, "The registry, or a proxy in front of it, limits the size of a request body: raise the limit (nginx: client_max_body_size).",
		},
		{
			"an http:// upload address behind TLS",
			`writing blob: Patch "http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/1": EOF`,
			`Patch "http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/1": EOF`,
			Environment, "The registry is reached over HTTPS and names upload addresses with http://: let the proxy in front of it send X-Forwarded-Proto: https.",
		},
		{
			"the lock service",
			`error get synchronization: unable to get client id: Post "https://synchronization.werf.io/new-client-id": dial tcp: lookup synchronization.werf.io: no such host`,
			"werf's lock service https://synchronization.werf.io does not answer",
			Environment, "In a closed network, set WERF_SYNCHRONIZATION (--synchronization).",
		},
		{
			"a word of the registry without the registry",
			"unable to lay out: forbidden",
			"unable to lay out: forbidden",
			Image, "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := explained(t, errors.New(tt.werf), repo, "127.0.0.1:1/cache/minimal")
			if err.Error() != tt.want {
				t.Errorf("message\n got %s\nwant %s", err, tt.want)
			}
			if err.Kind != tt.kind || err.Hint != tt.hint {
				t.Errorf("kind %d, hint %q; want %d, %q", err.Kind, err.Hint, tt.kind, tt.hint)
			}
		})
	}
}

// What the commands of a stage print never makes an error of the registry. The
// errors are nested as werf nests them.
func TestBuildingCommands(t *testing.T) {
	exited := exec.Command("sh", "-c", "exit 7").Run()
	stapel := func(printed string, err error) error {
		return fmt.Errorf("error building stapel stage with buildah-backend: %w", fmt.Errorf("unable to run commands script: %w",
			fmt.Errorf("RunCommand failed:\n%s\n%w", printed, err)))
	}
	long := strings.Repeat("x", 3*maxMessage)
	for _, tt := range []struct {
		name string
		err  error
		want string
		kind Kind
	}{
		{"nothing printed", stapel("subprocess exited with status 7\nsubprocess exited with status 7\n", exited), "the commands ended with exit code 7", Image},
		{"not found", stapel("\"no-such-command\": executable file not found in $PATH\nsubprocess exited with status 7\n", exited), `"no-such-command": executable file not found in $PATH`, Image},
		{"permission", stapel("mkdir: Permission denied\nsubprocess exited with status 7\n", exited), "mkdir: Permission denied", Image},
		{"read-only", stapel("touch: /sys/x: Read-only file system\n", exited), "touch: /sys/x: Read-only file system", Image},
		{"disk", stapel("cp: No space left on device\n", exited), "cp: No space left on device", Image},
		{"network", stapel("dial tcp 127.0.0.1:5000: network is unreachable\n", exited), "dial tcp 127.0.0.1:5000: network is unreachable", Image},
		{"a request", stapel("npm ERR! 403 Forbidden - GET https://npm.example/x\n", exited), "npm ERR! 403 Forbidden - GET https://npm.example/x", Image},
		{"uncommitted", stapel("the file \"a\" must be committed\n", exited), "the file \"a\" must be committed", Image},
		{"too long", stapel(long, exited), long[:maxMessage/2] + " … " + long[:maxMessage/2], Image},
		{
			"Dockerfile",
			fmt.Errorf("error building dockerfile with buildah-backend: %w", fmt.Errorf("unable to build Dockerfile \"/tmp/x\":\n%s\n%w",
				"wget: 401 Unauthorized\nsubprocess exited with status 7\n", fmt.Errorf("building at STEP \"RUN wget\": %w", exited))),
			"wget: 401 Unauthorized", Image,
		},
		{"Docker", errors.New("container run failed: Status: , Code: 7"), "the commands ended with exit code 7", Image},
		{"Docker, Dockerfile", errors.New(`failed to solve: process "/bin/sh -c curl -f https://denied" did not complete successfully: exit code: 22`), "the commands ended with exit code 22", Image},
		{"Docker, Dockerfile, older", errors.New("failed to solve: executor failed running [/bin/sh -c echo 403 Forbidden by 127.0.0.1:5000 >&2; exit 7]: exit code: 7"), "the commands ended with exit code 7", Image},
		{"Docker itself", errors.New("container run failed: Status: , Code: 125"), "stage install: container run failed: Status: , Code: 125", Image},
		{"no commands ran", stapel("the user's own forbidden words", errors.New("write /x: no space left on device")), "stage install: write /x: no space left on device", Environment},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := explained(t, fmt.Errorf("stage install: %w", tt.err), "127.0.0.1:5000/modules/minimal")
			if got.Message != tt.want || got.Kind != tt.kind {
				t.Errorf("kind %d: %s\nwant %d: %s", got.Kind, got, tt.kind, tt.want)
			}
			if tt.kind == Image && got.Hint != "" {
				t.Errorf("hint: %s", got.Hint)
			}
		})
	}
}

func explained(t *testing.T, err error, repositories ...string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(Building(err, BuildOptions{Repositories: repositories}), &e) {
		t.Fatalf("%v is not explained", err)
	}
	return e
}
