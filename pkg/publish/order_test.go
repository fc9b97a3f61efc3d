package publish

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/module"
)

// TestOrderOfWrites holds contract rule 42: what the registry sees of a publish,
// the first one of a module and a later one, is in the documented order, and the
// version is read back before a channel moves.
func TestOrderOfWrites(t *testing.T) {
	r := newRig(t)
	for _, tag := range []string{"v1.0.0", "v1.1.0"} {
		request := r.request("echo", tag, r.Build("echo", tag, ""))
		request.Channels = []module.Channel{module.Beta, module.Alpha}
		s := newPublisher(r)
		r.Log.Take()
		r.apply(s, request)

		var got []string
		for _, line := range r.Log.Take() {
			fields := strings.Fields(line)
			path, isManifest := strings.CutPrefix(fields[1], "/v2/modules")
			if !isManifest || !strings.Contains(path, "/manifests/") || strings.Contains(path, module.ReservedPrefix) || strings.Contains(path, "sha256:") {
				continue
			}
			written := len(got) > 0
			switch {
			case fields[0] == http.MethodPut:
				got = append(got, "PUT "+path)
			case fields[0] == http.MethodHead && written && fields[2] == "200" && strings.HasSuffix(path, tag):
				got = append(got, "HEAD "+tag) // of release image and bundle, at the same time
			}
		}
		want := []string{
			"PUT /echo/release/manifests/" + tag,
			"PUT /echo/manifests/" + tag,
			"PUT /manifests/echo",
			"HEAD " + tag,
			"HEAD " + tag,
			"PUT /echo/release/manifests/alpha",
			"PUT /echo/release/manifests/beta",
		}
		if tag != "v1.0.0" { // the module is registered
			want = append(want[:2], want[3:]...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tag, diff)
		}
	}
}
