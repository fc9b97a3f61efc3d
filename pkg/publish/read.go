package publish

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/module"
)

// maxTagPages stops a registry whose pages of tags never end.
const maxTagPages = 10_000

// Tags lists the tags of a repository, given as registry/path, in order. A
// repository that does not exist has none.
func (s *Session) Tags(ctx context.Context, repository string) ([]string, error) {
	repo, err := s.parseRepository(repository)
	if err != nil {
		return nil, err
	}
	return s.tags(ctx, repo)
}

func (s *Session) tags(ctx context.Context, repo name.Repository) ([]string, error) {
	var tags []string
	c := call{
		method: http.MethodGet, repo: repo, path: "tags/list", query: url.Values{"n": {"1000"}}, level: pull,
		want: []int{http.StatusOK}, doing: "list the tags of " + repo.Name(),
	}
	for range maxTagPages {
		response, err := s.do(ctx, c)
		if isAbsent(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		page, next, err := readTagPage(response)
		if err != nil {
			return nil, exit.With(exit.Failed, fmt.Errorf("list the tags of %s: %w", repo, err), "")
		}
		tags = append(tags, page...)
		if next == "" {
			break
		}
		c.url = next
	}
	slices.Sort(tags)
	return slices.Compact(tags), nil
}

// readTagPage reads one page and the address of the next one, which is in a
// Link header (RFC 8288) on the same registry.
func readTagPage(response *http.Response) (tags []string, next string, err error) {
	defer response.Body.Close()
	var page struct {
		Tags []string `json:"tags"`
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		return nil, "", fmt.Errorf("the answer is not a list of tags: %w", err)
	}
	target, rest, ok := strings.Cut(strings.TrimPrefix(response.Header.Get("Link"), "<"), ">")
	if !ok || !strings.Contains(rest, "next") {
		return page.Tags, "", nil
	}
	address, err := response.Request.URL.Parse(target)
	if err != nil || address.Host != response.Request.URL.Host {
		return nil, "", errors.New("the next page is not on this registry")
	}
	return page.Tags, address.String(), nil
}

// Digest returns the digest that ref is on; found is false when it does not
// exist. One HEAD request.
func (s *Session) Digest(ctx context.Context, ref string) (digest string, found bool, err error) {
	parsed, err := s.parseReference(ref)
	if err != nil {
		return "", false, err
	}
	return s.head(ctx, parsed)
}

// Manifest reads the manifest that ref is on. Reading a built image's manifest
// by its digest before [Session.Apply] spares that one the request.
func (s *Session) Manifest(ctx context.Context, ref string) (*Manifest, error) {
	parsed, err := s.parseReference(ref)
	if err != nil {
		return nil, err
	}
	return s.mustManifest(ctx, parsed)
}

// platformImage resolves ref to an image manifest. Of an index it takes
// linux/amd64, as the controller does (deckhouse, go_lib/dependency/cr/cr.go).
func (s *Session) platformImage(ctx context.Context, ref reference) (*v1.Manifest, error) {
	m, err := s.mustManifest(ctx, ref)
	if err != nil {
		return nil, err
	}
	if !m.isIndex() {
		return m.image()
	}
	index, err := m.index()
	if err != nil {
		return nil, err
	}
	for _, child := range index.Manifests {
		if p := child.Platform; p != nil && p.OS == "linux" && p.Architecture == "amd64" {
			if m, err = s.mustManifest(ctx, ref.at(child.Digest.String())); err != nil {
				return nil, err
			}
			return m.image()
		}
	}
	return nil, exit.With(exit.Failed, fmt.Errorf("%s has no image for linux/amd64", ref), "")
}

// Files reads files from the root of an image, by name without regard to
// case. The result has those that exist. A file above [module.MaxMetadataSize]
// is an error, as it is for the controller.
func (s *Session) Files(ctx context.Context, ref string, names ...string) (map[string][]byte, error) {
	parsed, err := s.parseReference(ref)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = s.walk(ctx, parsed, func(header *tar.Header, content io.Reader) error {
		file := strings.ToLower(path.Clean(header.Name))
		if header.Typeflag != tar.TypeReg || !slices.Contains(names, file) {
			return nil
		}
		data, err := io.ReadAll(io.LimitReader(content, module.MaxMetadataSize+1))
		if err != nil {
			return err
		}
		if len(data) > module.MaxMetadataSize {
			return exit.With(exit.Failed, fmt.Errorf("%s in %s is larger than %d bytes", file, ref, module.MaxMetadataSize), "")
		}
		files[file] = data
		return nil
	})
	return files, err
}

// createdAt returns when an image says it was made; zero when it does not.
func (s *Session) createdAt(ctx context.Context, ref reference) (time.Time, error) {
	image, err := s.platformImage(ctx, ref)
	if err != nil {
		return time.Time{}, err
	}
	reader, err := s.readBlob(ctx, ref.repo, image.Config.Digest.String(), image.Config.Size)
	if err != nil {
		return time.Time{}, err
	}
	defer reader.Close()
	content, err := io.ReadAll(io.LimitReader(reader, maxBuffered))
	if err != nil {
		return time.Time{}, err
	}
	config, err := v1.ParseConfigFile(bytes.NewReader(content))
	if err != nil {
		return time.Time{}, exit.With(exit.Failed, fmt.Errorf("read the config of %s: %w", ref, err), "")
	}
	return config.Created.Time, nil
}
