package build

import (
	"errors"
	"testing"

	"github.com/modship/modship/pkg/exit"
)

const digest = "4d70aab559df44c9925c6d3565de33fe6ca1bdb88f403dd4aa964852"

func TestExplain(t *testing.T) {
	const repo = "127.0.0.1:5000/modules/minimal"
	for _, tt := range []struct {
		name, werf, want string
		code             exit.Code
		hint             string
	}{
		{
			"no permission, go-containerregistry",
			"unable to mutate from: create scratch stage image: push manifest image " + repo + ":" + digest + "-1795344498234: write to the remote " + repo + ":" + digest + "-1795344498234 have failed: error pushing image: POST http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/: DENIED: requested access to the resource is denied",
			"POST http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/: DENIED: requested access to the resource is denied",
			exit.Refused, "The user may not write there: check the permissions of the account for this repository.",
		},
		{
			"read-only registry",
			"error pushing image: POST http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/: UNSUPPORTED: The operation is unsupported.",
			"POST http://127.0.0.1:5000/v2/modules/minimal/blobs/uploads/: UNSUPPORTED: The operation is unsupported.",
			exit.Refused, "The registry takes no writes: it is read-only, or does not allow this operation.",
		},
		{
			"quota, Buildah",
			"unable to store stage version/from digest " + digest + " image " + repo + ":" + digest + "-1795344591315: copying: \"" + repo + ":" + digest + "-1795344591315\": writing blob: uploading layer chunked: received unexpected HTTP status: 507 Insufficient Storage",
			"push to " + repo + ": writing blob: uploading layer chunked: received unexpected HTTP status: 507 Insufficient Storage",
			exit.Failed, "The registry has no space left: free some or enlarge its storage.",
		},
		{
			"own disk",
			"write /var/lib/containers/storage/overlay/x: no space left on device",
			"write /var/lib/containers/storage/overlay/x: no space left on device",
			exit.Failed, "Free disk space; the program's own images are below the data folder that `modship env` shows.",
		},
		{
			"state of an upload",
			"PATCH http://127.0.0.1:5000/v2/m/blobs/uploads/8a1f?_state=c2VjcmV0: unexpected status code 500 Internal Server Error",
			"PATCH http://127.0.0.1:5000/v2/m/blobs/uploads/8a1f: unexpected status code 500 Internal Server Error",
			exit.Failed, "The registry has a problem of its own: look at its log; running again goes on where this run stopped.",
		},
		{
			"nobody answers",
			"unable to get stages ids from 127.0.0.1:1/modules/minimal by digest " + digest + " for stage bundle/from: error getting project 127.0.0.1:1/modules/minimal stages: unable to fetch tags: Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
			"Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
			exit.Failed, "The registry does not answer: check the address in --source and the network.",
		},
		{
			"commands",
			"failed to build image for stage install with digest abc: error building stage x/install: subprocess exited with status 7 subprocess exited with status 7 exit status 7",
			"the commands ended with exit code 7",
			exit.BuildFailed, "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := explain(errors.New(tt.werf))
			if err.Error() != tt.want {
				t.Errorf("message\n got %s\nwant %s", err, tt.want)
			}
			if exit.CodeOf(err) != tt.code || exit.HintOf(err) != tt.hint {
				t.Errorf("code %d, hint %q; want %d, %q", exit.CodeOf(err), exit.HintOf(err), tt.code, tt.hint)
			}
		})
	}
}
