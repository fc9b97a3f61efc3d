package remote

import (
	"net/url"
	"strings"
)

// isDowngrade reports whether a registry that was reached over HTTPS names an
// address of its own with http://. A proxy in front of it ends TLS and does not
// say so.
func isDowngrade(request *url.URL, location string) bool {
	target, err := request.Parse(location)
	return err == nil && request.Scheme == "https" && target.Scheme == "http" && target.Hostname() == request.Hostname()
}

// own returns the address that a registry names in a response, with the scheme
// and the host that the registry is known by. A registry behind a proxy may know
// itself under another name, which only its API paths give away; an address of
// another server, such as an object store, stays as it is.
func own(request *url.URL, location string) (*url.URL, error) {
	target, err := request.Parse(location)
	if err != nil {
		return nil, err
	}
	if target.Host == request.Host || strings.HasPrefix(target.Path, repositoryPath(request.Path)) {
		target.Scheme, target.Host = request.Scheme, request.Host
	}
	return target, nil
}

// repositoryPath is the part of an API path that names the repository:
// "/v2/<repository>/" of "/v2/<repository>/blobs/uploads/".
func repositoryPath(path string) string {
	for _, part := range []string{"/blobs/", "/manifests/", "/tags/", "/referrers/"} {
		if i := strings.LastIndex(path, part); i > 0 {
			return path[:i+1]
		}
	}
	return path
}
