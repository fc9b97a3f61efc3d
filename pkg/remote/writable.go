package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship/modship/pkg/internal/errkind"
)

// MissingError means that a registry has to be given repositories before
// anything can be written to them.
type MissingError struct {
	Registry     string   // host, or host:port
	Repositories []string // paths on it
}

// Error names the repositories.
func (e *MissingError) Error() string {
	what := "repository"
	if len(e.Repositories) > 1 {
		what = "repositories"
	}
	return fmt.Sprintf("the registry %s has no %s %s, and does not create what is written to", e.Registry, what, strings.Join(e.Repositories, " and "))
}

// CheckWritable finds out whether content can be written to repositories
// (registry/path) of one registry: it begins an upload to each and cancels it,
// two requests. Repositories that do not exist, where the registry does not
// create them, are one [*MissingError].
func (s *Client) CheckWritable(ctx context.Context, repositories ...string) error {
	missing := &MissingError{}
	for _, text := range repositories {
		repo, err := s.ParseRepository(text)
		if err != nil {
			return err
		}
		err = s.checkWritable(ctx, repo)
		switch {
		case StatusOf(err) == http.StatusNotFound:
			missing.Registry = repo.RegistryStr()
			missing.Repositories = append(missing.Repositories, repo.RepositoryStr())
		case err != nil:
			return err
		}
	}
	if len(missing.Repositories) > 0 {
		return missing
	}
	return nil
}

func (s *Client) checkWritable(ctx context.Context, repo name.Repository) error {
	response, err := s.do(ctx, call{
		method: http.MethodPost, repo: repo, path: "blobs/uploads/", level: Push,
		want: []int{http.StatusAccepted}, doing: "write to " + repo.Name(),
	})
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if location := response.Header.Get("Location"); isDowngrade(response.Request.URL, location) {
		return errkind.New(ErrDowngrade, "write to %s: the registry is reached over HTTPS and names an upload address with http://", repo)
	}
	location, err := resolveLocation(response, repo)
	if err != nil {
		return err
	}
	response, err = s.do(ctx, call{
		method: http.MethodDelete, repo: repo, url: location, level: Push,
		want: []int{http.StatusNoContent, http.StatusOK, http.StatusAccepted}, doing: "cancel an upload to " + repo.Name(),
	})
	if err == nil {
		return response.Body.Close()
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return nil // the registry forgets the upload by itself
}
