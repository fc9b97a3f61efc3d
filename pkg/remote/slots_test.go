package remote

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/internal/registrytest"
)

// TestSlotsAreNotHeldForOthers: a request whose body is the answer to another
// request, as in a copy between registries, needs one slot at a time. With a
// slot in hand while it waits for the other, as many uploads as there are slots
// would wait for ever.
func TestSlotsAreNotHeldForOthers(t *testing.T) {
	r := registrytest.New(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			io.Copy(w, request.Body)
			io.WriteString(w, "x")
		})
	})
	const jobs = 2
	s := newClient(r, func(o *ClientOptions) { o.Jobs = jobs })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // only a deadlock takes that long
	defer cancel()
	url := "http://" + r.Addr + "/"
	group, ctx := errgroup.WithContext(ctx)
	for range 4 * jobs {
		group.Go(func() error {
			upload, err := http.NewRequestWithContext(ctx, http.MethodPut, url, http.NoBody)
			if err != nil {
				return err
			}
			upload.ContentLength = 1
			upload.GetBody = func() (io.ReadCloser, error) {
				download, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
				if err != nil {
					return nil, err
				}
				response, err := s.wire.send(download, sendOptions{stream: true})
				if err != nil {
					return nil, err
				}
				return response.Body, nil
			}
			response, err := s.wire.send(upload, sendOptions{})
			if err != nil {
				return err
			}
			content, err := io.ReadAll(response.Body)
			if string(content) != "xx" {
				t.Errorf("the answer is %q, want what was sent and an x", content)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}
