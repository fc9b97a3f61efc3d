package remote

import (
	"archive/tar"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
)

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "99999999999999999999", "-1", "Sun, 22 Nov 2026 10:00:30 GMT", "Sunday, 22-Nov-26 10:00:30 GMT"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		wait, ok := retryAfter(header, now)
		if wait < 0 || wait > maxRetryAfter || !ok && wait != 0 {
			t.Errorf("retryAfter(%q) = %v, %v", header, wait, ok)
		}
	})
}

func FuzzReference(f *testing.F) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for _, seed := range []string{"r.io/m/e:v1", "r.io:5000/m/e@" + digest, "u:p@r.io/m:v1", "r.io/m/e", "", "[::1]:5000/m:v1", "r.io/m:t@" + digest} {
		f.Add(seed)
	}
	s := NewClient(ClientOptions{})
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := s.ParseReference(text)
		if err != nil {
			return
		}
		again, err := s.ParseReference(ref.String())
		if err != nil || again != ref {
			t.Errorf("%q reads as %s, which reads as %s, %v", text, ref, again, err)
		}
		if !ref.Digest && module.CheckTag(ref.Identifier) != nil {
			t.Errorf("%q has the tag %q", text, ref.Identifier)
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add("application/vnd.oci.image.manifest.v1+json", []byte(`{"schemaVersion":2,"config":{"digest":"sha256:`+strings.Repeat("b", 64)+`"},"layers":[]}`))
	f.Add("", []byte(`{"manifests":[{"digest":"sha256:`+strings.Repeat("a", 64)+`","platform":{"os":"linux"}}]}`))
	f.Add("text/html; charset=utf-8", []byte("<html>"))
	f.Fuzz(func(_ *testing.T, header string, raw []byte) {
		m := &Manifest{Digest: DigestOf(raw), MediaType: mediaType(header, raw), Raw: raw}
		if index, err := m.Index(); err == nil {
			for _, child := range index.Manifests {
				_ = child.Digest.String()
			}
		}
		if image, err := m.Image(); err == nil {
			imageBlobs(image, Reference{}.Repo)
		}
	})
}

func FuzzTagPage(f *testing.F) {
	f.Add(`{"tags":["v1"]}`, `</v2/m/tags/list?last=v1>; rel="next"`)
	f.Add(`{"tags":null}`, `<http://elsewhere/>; rel="next"`)
	f.Add(`[]`, `<%zz>; rel=next`)
	f.Fuzz(func(t *testing.T, body, link string) {
		base := &url.URL{Scheme: "https", Host: "r.io", Path: "/v2/m/tags/list"}
		_, next, err := readTagPage(&http.Response{
			Header: http.Header{"Link": {link}}, Body: io.NopCloser(strings.NewReader(body)), Request: &http.Request{URL: base},
		})
		if err != nil || next == "" {
			return
		}
		if parsed, err := url.Parse(next); err != nil || parsed.Host != base.Host {
			t.Errorf("the next page is %q, which is not on %s", next, base.Host)
		}
	})
}

func FuzzSquash(f *testing.F) {
	f.Add(registrytest.TarOf(f, registrytest.Dir("d/"), registrytest.File{Name: "d/a", Content: "1"}), registrytest.TarOf(f, registrytest.File{Name: "d/.wh.a"}, registrytest.File{Name: ".wh..wh..opq"}))
	f.Add([]byte{0x1f, 0x8b, 8, 0}, []byte{0x28, 0xb5, 0x2f, 0xfd})
	f.Add([]byte{}, bytes.Repeat([]byte{0}, 1024))
	f.Fuzz(func(t *testing.T, lower, upper []byte) {
		// Decompression is left to its libraries; bombs would only slow this down.
		layers := []layer{
			{descriptor: v1.Descriptor{}, content: append([]byte{}, lower...)},
			{descriptor: v1.Descriptor{}, content: append([]byte{}, upper...)},
		}
		if len(lower) == 0 || len(upper) == 0 {
			return
		}
		seen := map[string]bool{}
		err := squash(t.Context(), layers, func(header *tar.Header, content io.Reader) error {
			if strings.HasPrefix(header.Name[strings.LastIndex(header.Name, "/")+1:], whiteout) {
				t.Errorf("whiteout %q is shown", header.Name)
			}
			seen[header.Name] = true
			_, err := io.Copy(io.Discard, io.LimitReader(content, 1<<20))
			return err
		})
		_ = err // foreign bytes may be anything; they must not break the reader
	})
}
