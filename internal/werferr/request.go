package werferr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// request is the remote operation behind an error of a build: on a repository
// of werf, a base image or a git remote.
type request struct {
	repository bool   // one of werf's own repositories
	other      bool   // secondary, cache or final: any but the primary repository
	base       string // else the base image that was pulled
	git        string // or the address of the git remote
	host       string // that was asked
}

// causes are those that fit the request; none for work on this machine.
func (r request) causes() []cause {
	switch {
	case r.repository && r.other:
		return slices.Concat([]cause{
			{regexpNetwork, Environment, fmt.Sprintf("%s does not answer: check the address of that repository (secondary, cache or final) and the network.", r.host)},
		}, repositoryCauses)
	case r.repository:
		return repositoryCauses
	case r.base != "":
		return []cause{
			{regexpMissing, Image, "A base image is not in its registry: check the reference, and for a module's own registry that it was pushed there."},
			{regexpLogin, Image, fmt.Sprintf("%s asks for a login: docker login %[1]s; or the reference of the base image is wrong.", r.host)},
			{regexpDenied, Image, fmt.Sprintf("%s does not give the base image to this account: check the reference and the permissions.", r.host)},
			{regexpNetwork, Environment, fmt.Sprintf("%s does not answer: check the network, and whether base image %s is meant to come from there.", r.host, r.base)},
			{regexpBroken, Environment, fmt.Sprintf("%s has a problem of its own: run again later.", r.host)},
		}
	case r.git != "":
		return []cause{
			{regexpNetwork, Environment, fmt.Sprintf("%s does not answer: check the network and the address of the git repository in werf.yaml.", r.host)},
			{
				regexp.MustCompile(`(?i)(authentication required|could not read Username|authorization failed|Permission denied|repository not found|not found)`), Image,
				fmt.Sprintf("%s does not give the repository: check its address in werf.yaml and the login for it.", r.host),
			},
		}
	}
	return nil
}

// prefix names the base image or git remote where the message does not.
func (r request) prefix(message string) string {
	switch {
	case r.base != "" && !strings.Contains(message, r.base):
		return "base image " + r.base + ": "
	case r.git != "" && !strings.Contains(message, r.host):
		return "git repository at " + r.host + ": "
	}
	return ""
}

var (
	// pull is how werf, Buildah and Docker name an image that they read.
	pull = regexp.MustCompile(`(?:unable to fetch base image "([^"]+)"|unable to get base image (?:info for )?"([^"]+)"|using base image "([^"]+)"|initializing source docker://(\S+?):? |failed to resolve source metadata for (\S+?): )`)
	// remote is a request to a git remote, of go-git or of git itself.
	remote    = regexp.MustCompile(`unable to clone repo|unable to fetch|git-upload-pack|error running command "[^"]*\bgit\b|unable to access '`)
	addressed = regexp.MustCompile(`(?:https?|ssh|git)://(?:[^/@\s]*@)?([^/\s'"]+)`)
)

// requestOf finds the request in the text of an error.
func requestOf(text string, repositories []string) request {
	of := func(ref string) bool {
		return slices.ContainsFunc(repositories, func(own string) bool {
			rest, ok := strings.CutPrefix(ref, own)
			return ok && (rest == "" || strings.ContainsAny(rest[:1], ":@"))
		})
	}
	if match := pull.FindStringSubmatch(text); match != nil {
		ref := strings.Join(match[1:], "")
		if of(ref) {
			return request{repository: true}
		}
		return request{base: ref, host: hostOf(ref)}
	}
	if remote.MatchString(text) && !strings.Contains(text, "/v2/") {
		if match := addressed.FindStringSubmatch(text); match != nil {
			return request{git: match[0], host: match[1]}
		}
	}
	for _, own := range repositories { // that of the module is the first
		if names(text, hostOf(own)) {
			return request{repository: true, other: hostOf(own) != hostOf(repositories[0]), host: hostOf(own)}
		}
	}
	return request{}
}

// names reports whether a text holds a host, not only as a part of another one.
// Docker Hub is asked under several names.
func names(text, host string) bool {
	if host == "docker.io" {
		return strings.Contains(text, host)
	}
	return regexp.MustCompile(`(?:^|[^\w.-])` + regexp.QuoteMeta(host) + `(?:$|[^\w.-])`).MatchString(text)
}

// hostOf is the registry of a reference.
func hostOf(ref string) string {
	host, _, nested := strings.Cut(ref, "/")
	if nested && (strings.ContainsAny(host, ".:") || host == "localhost") {
		return host
	}
	return "docker.io"
}
