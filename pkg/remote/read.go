package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/internal/errkind"
)

// maxTagPages stops a registry whose pages of tags never end.
const maxTagPages = 10_000

// Tags lists the tags of a repository, given as registry/path, in order. A
// repository that does not exist has none; some registries answer 403 for one
// (see isAbsent), so this is not for deciding what may be overwritten or deleted.
func (s *Client) Tags(ctx context.Context, repository string) ([]string, error) {
	tags, err := s.AllTags(ctx, repository)
	if StatusOf(err) == http.StatusForbidden {
		return nil, nil
	}
	return tags, err
}

// AllTags is Tags for those who go by what is not in the list: who may not list
// the tags gets an [*Error].
func (s *Client) AllTags(ctx context.Context, repository string) ([]string, error) {
	repo, err := s.ParseRepository(repository)
	if err != nil {
		return nil, err
	}
	var tags []string
	c := call{
		method: http.MethodGet, repo: repo, path: "tags/list", query: url.Values{"n": {"1000"}}, level: Pull,
		want: []int{http.StatusOK}, doing: "list the tags of " + repo.Name(),
	}
	for page := range maxTagPages {
		response, err := s.do(ctx, c)
		if page == 0 && StatusOf(err) == http.StatusNotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		listed, next, err := readTagPage(response)
		if err != nil {
			return nil, errkind.New(ErrNotRegistry, "list the tags of %s: %w", repo, err)
		}
		tags = append(tags, listed...)
		if next == "" {
			break
		}
		c.url = next
	}
	slices.Sort(tags)
	return slices.Compact(tags), nil
}

// readTagPage reads one page and the address of the next one.
func readTagPage(response *http.Response) (tags []string, next string, err error) {
	defer response.Body.Close()
	var page struct {
		Tags []string `json:"tags"`
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		return nil, "", fmt.Errorf("the answer is not a list of tags: %w", err)
	}
	next, err = nextPage(response)
	return page.Tags, next, err
}

// nextPage is the address of the next page, which is in a Link header (RFC
// 8288) on the same registry; empty on the last one.
func nextPage(response *http.Response) (string, error) {
	target, rest, ok := strings.Cut(strings.TrimPrefix(response.Header.Get("Link"), "<"), ">")
	if !ok || !strings.Contains(rest, "next") {
		return "", nil
	}
	address, err := own(response.Request.URL, target)
	if err != nil || address.Host != response.Request.URL.Host {
		return "", errors.New("the next page is not on this registry")
	}
	return address.String(), nil
}

// Digest returns the digest that ref is on; found is false when it does not
// exist. One HEAD request.
func (s *Client) Digest(ctx context.Context, ref string) (digest string, found bool, err error) {
	parsed, err := s.ParseReference(ref)
	if err != nil {
		return "", false, err
	}
	return s.Head(ctx, parsed)
}

// RawManifest returns the bytes of the manifest that ref is on.
func (s *Client) RawManifest(ctx context.Context, ref string) ([]byte, error) {
	m, err := s.Manifest(ctx, ref)
	if err != nil {
		return nil, err
	}
	return m.Raw, nil
}

// Manifest reads the manifest that ref is on. Reading a built image's manifest
// by its digest before [Client.Apply] spares that one the request.
func (s *Client) Manifest(ctx context.Context, ref string) (*Manifest, error) {
	parsed, err := s.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	return s.FetchManifest(ctx, parsed)
}
