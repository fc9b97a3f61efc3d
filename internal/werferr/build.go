package werferr

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"syscall"
)

// BuildOptions describe a failed build.
type BuildOptions struct {
	// Repositories are the addresses of werf's repositories, the one that is
	// built into first.
	Repositories []string
	// GitUsers returns the images that take files from the git remote that a
	// text names. Nil means that none do.
	GitUsers func(text string) []string
}

// StagesRequired ends werf's error for a stage that is missing although images
// have to be built already.
const StagesRequired = "stages required"

// Building explains an error of werf's build. It classifies by operation before
// it matches text: the text may contain output of the user's commands, and a
// base image may come from another registry. An *[Error] in the chain is returned
// without what werf put around it.
func Building(err error, opts BuildOptions) error {
	if explained, ok := errors.AsType[*Error](err); ok {
		return explained
	}
	if message, ok := commandsFailed(err); ok {
		return &Error{Kind: Image, Message: message}
	}
	text := withoutOutput(err)
	r := &report{said: ansi.ReplaceAllString(text, "")}
	for _, e := range ofFiles {
		if explained := e.explain(r); explained != nil {
			return explained
		}
	}
	if explained, ok := historyMissing(text); ok {
		return explained
	}
	if match := lockService.FindStringSubmatch(text); match != nil {
		return &Error{
			Kind: Environment, Message: "werf's lock service " + match[1] + " does not answer",
			Hint: "In a closed network, set WERF_SYNCHRONIZATION (--synchronization).",
		}
	}
	message := shorten(text)
	if strings.HasSuffix(message, StagesRequired) {
		return &Error{
			Kind: Image, Message: "it is not in the repository",
			Hint: "--require-built-images is set, and this image is not in the repository: build it first.",
		}
	}
	if regexpNoSpace.MatchString(text) && !regexpQuota.MatchString(text) {
		return &Error{
			Kind: Environment, Message: message,
			Hint: "Free disk space; the program's own images are below the data directory that `modship env` shows.",
		}
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) { // a file of this machine
		return &Error{Kind: Environment, Message: message}
	}
	return explainRequest(text, message, opts)
}

// explainRequest explains failed requests; other errors are of the image.
func explainRequest(text, message string, opts BuildOptions) *Error {
	r := requestOf(text, opts.Repositories)
	message = r.prefix(message) + message
	if r.git != "" && opts.GitUsers != nil {
		if users := opts.GitUsers(text); len(users) > 0 {
			message = "image " + list(users) + ": " + message
		}
	}
	for _, c := range r.causes() {
		if c.pattern.MatchString(text) {
			return &Error{Kind: c.kind, Message: message, Hint: c.hint}
		}
	}
	return &Error{Kind: Image, Message: message}
}

// lockService is a request to the service that werf takes its locks from.
var lockService = regexp.MustCompile(`"(https?://[^/\s"]+)\S*/new-client-id"`)

// unshallow is how werf says that it could not fetch the history of a shallow
// clone; what git said of it comes last.
var unshallow = regexp.MustCompile(`(?s)unable to fetch local git repo: unable to fetch origin: (.*)|(shallow git clone is not allowed)`)

// gitSaid are the lines that git writes for people.
var gitSaid = regexp.MustCompile(`(?m)^(?:fatal|error|ssh): (.+?)\s*$`)

func historyMissing(text string) (explained *Error, ok bool) {
	match := unshallow.FindStringSubmatch(text)
	if match == nil {
		return nil, false
	}
	cause := "werf.yaml (gitWorktree.allowUnshallow) does not let werf fetch the rest"
	if match[1] != "" {
		cause = "origin cannot be fetched: " + shorten(match[1])
		if said := gitSaid.FindStringSubmatch(match[1]); said != nil {
			cause = "origin cannot be fetched: " + said[1]
		}
	}
	return &Error{
		Kind: Module, Message: "this clone is shallow, and " + cause,
		Hint: "Check out the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab, git fetch --unshallow); gitWorktree.forceShallowClone: true in werf.yaml does without it.",
	}, true
}

// cause is a row of a table of remote failures.
type cause struct {
	pattern *regexp.Regexp
	kind    Kind
	hint    string
}

var (
	regexpNoSpace   = regexp.MustCompile(`(?i)no space left on device`)
	regexpQuota     = regexp.MustCompile(`(?i)(HTTP status: 507|insufficient storage)`)
	regexpLogin     = regexp.MustCompile(`(?i)(unauthorized|authentication required|no basic auth credentials|\b401\b)`)
	regexpNoWrite   = regexp.MustCompile(`(?i)(read.only|UNSUPPORTED:|\b405\b)`)
	regexpDenied    = regexp.MustCompile(`(?i)(denied|forbidden|\b403\b)`)
	regexpNetwork   = regexp.MustCompile(`(?i)(connection refused|no such host|server misbehaving|name resolution|could not resolve host|failed to connect|i/o timeout|TLS handshake timeout|network is unreachable|no route to host)`)
	regexpBroken    = regexp.MustCompile(`(?i)(HTTP status: 5\d\d|\b50[0-4] [A-Z])`)
	regexpTooLarge  = regexp.MustCompile(`(?i)(\b413\b|request entity too large|content too large)`)
	regexpDowngrade = regexp.MustCompile(`(?i)"http://[^"]*/blobs/uploads/[^"]*": .*(EOF|malformed HTTP|connection reset)|HTTP request to an HTTPS server`)
	regexpMissing   = regexp.MustCompile(`(?i)(manifest unknown|MANIFEST_UNKNOWN|not found: manifest|name unknown)`)
)

// repositoryCauses are about the repositories of werf itself.
var repositoryCauses = []cause{
	{regexpTooLarge, Environment, "The registry, or a proxy in front of it, limits the size of a request body: raise the limit (nginx: client_max_body_size)."},
	{regexpDowngrade, Environment, "The registry is reached over HTTPS and names upload addresses with http://: let the proxy in front of it send X-Forwarded-Proto: https."},
	{regexpQuota, Environment, "The registry has no space left: free some or enlarge its storage."},
	{regexpLogin, Refused, "Log in to the registry (docker login, crane auth login), or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD; a password that is set is not accepted."},
	{regexpNoWrite, Refused, "The registry takes no writes: it is read-only, or does not allow this operation."},
	{regexpDenied, Refused, "The user may not write there: check the permissions of the account for this repository."},
	{regexpNetwork, Environment, "The registry does not answer: check the address in --source and the network."},
	{regexpBroken, Environment, "The registry has a problem of its own: look at its log; running again goes on where this run stopped."},
}
