package werfenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/werf/logboek"
)

func TestIsTransient(t *testing.T) {
	for text, want := range map[string]bool{
		"PUT http://r/v2/m/manifests/t: unexpected status code 503 Service Unavailable":           true,
		"writing manifest: uploading manifest t to r/m: StatusCode: 503, \"\"":                    true,
		"too many requests to registry":                                                           true,
		"MANIFEST_BLOB_UNKNOWN: blob unknown to registry":                                         true,
		`Put "http://r/v2/m/manifests/t": http: ContentLength=422 with Body length 0`:             true,
		`Patch "http://r/v2/m/blobs/uploads/1": readfrom tcp 1->2: io: read/write on closed pipe`: true,
		`Patch "http://r/v2/m/blobs/uploads/1": read: connection reset by peer`:                   true,
		`Post "http://r/v2/m/blobs/uploads/": http: server closed idle connection`:                true,
		`Post "http://r/v2/": net/http: HTTP/1.x transport connection broken: malformed HTTP`:     true,
		`Get "http://r/v2/": EOF`:                                                             true,
		"unauthorized: authentication required":                                               false,
		"denied: requested access to the resource is denied":                                  false,
		"reading manifest t in r/m: manifest unknown":                                         false,
		"pinging container registry r: dial tcp 127.0.0.1:1: connect: connection refused":     false,
		"image sha256:5035035030000000000000000000000000000000000000000000000000000000: gone": false,
	} {
		if got := IsTransient(errors.New(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	if IsTransient(fmt.Errorf("503: %w", context.Canceled)) || IsTransient(nil) {
		t.Error("an interrupted or successful operation is repeated")
	}
}

func TestPersist(t *testing.T) {
	busy, gone := errors.New("503 Service Unavailable"), errors.New("manifest unknown")
	for name, c := range map[string]struct {
		errs   []error // of the attempts
		want   error
		waited time.Duration
	}{
		"success":          {[]error{nil}, nil, 0},
		"passes":           {[]error{busy, busy, nil}, nil, 3 * time.Second},
		"does not pass":    {[]error{busy, busy, busy, busy, busy, nil}, busy, 15 * time.Second},
		"another follows":  {[]error{busy, gone, nil}, gone, time.Second},
		"is not transient": {[]error{gone, nil}, gone, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			start, attempt := time.Now(), 0
			ctx := logboek.NewContext(t.Context(), logboek.NewLogger(io.Discard, io.Discard))
			err := Persist(ctx, func() error { attempt++; return c.errs[attempt-1] })
			if !errors.Is(err, c.want) || time.Since(start) != c.waited {
				t.Errorf("%s: %v after %s, want %v after %s", name, err, time.Since(start), c.want, c.waited)
			}
		})
	}
}
