package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
)

// call is one request of the distribution API to a repository.
type call struct {
	method string
	repo   name.Repository
	path   string // below /v2/<repository>/
	query  url.Values
	url    string // full address in place of path: a registry's Location
	header map[string]string
	body   []byte
	open   func() (io.ReadCloser, error) // body that is streamed, with its size
	size   int64
	level  Access // what the token has to allow
	want   []int  // statuses that are no error
	doing  string // for errors: "read …", "write …"
	send   sendOptions
}

// do sends c. A status other than the wanted ones is an [*Error]. The caller
// closes the body.
func (s *Client) do(ctx context.Context, c call) (*http.Response, error) {
	h, err := s.host(ctx, c.repo, scopeSet{c.repo.RepositoryStr(): c.level})
	if err != nil {
		return nil, err
	}
	request, err := h.request(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.doing, err)
	}
	client := http.Client{Transport: authTransport{h, c.send}}
	response, err := client.Do(request)
	if err != nil {
		return nil, h.explain(c.doing, err)
	}
	if slices.Contains(c.want, response.StatusCode) && (c.send.stream || !isPage(request, response)) {
		return response, nil
	}
	defer response.Body.Close()
	return nil, h.answer(c, response)
}

func (h *host) request(ctx context.Context, c call) (*http.Request, error) {
	address := c.url
	if address == "" {
		address = h.base() + "/v2/" + c.repo.RepositoryStr() + "/" + c.path
		if len(c.query) > 0 {
			address += "?" + c.query.Encode()
		}
	}
	var body io.Reader
	if c.body != nil {
		body = bytes.NewReader(c.body) // NewRequest makes GetBody of it
	}
	request, err := http.NewRequestWithContext(ctx, c.method, address, body)
	if err != nil {
		return nil, err
	}
	if c.open != nil {
		request.GetBody = c.open
		request.ContentLength = c.size
		request.Body = http.NoBody // replaced by the transport with what open returns
		if c.size > 0 {
			request.Body = unopened{}
		}
	}
	for key, value := range c.header {
		request.Header.Set(key, value)
	}
	return request, nil
}

// unopened stands for a body that the transport opens for each attempt. Read
// is never called.
type unopened struct{}

func (unopened) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
func (unopened) Close() error             { return nil }
