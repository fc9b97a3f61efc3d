package build

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/werf/werf/v2/cmd/werf/common"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/werfcfg"
)

// repositories are the addresses of all repositories that werf is given.
func repositories(data *common.CmdData) []string {
	list := slices.Concat([]string{*data.Repo.Address, *data.FinalRepo.Address},
		common.GetSecondaryStagesStorage(data), common.GetCacheStagesStorage(data))
	return slices.DeleteFunc(list, func(address string) bool { return address == "" })
}

// explain adds an exit code and a way out to an error of werf's build.
func (b *builder) explain(err error) error { return explain(err, b.repositories) }

// explain looks first at what was done: the text of an error holds what the
// user's own commands printed, and a base image's registry is not the one that
// is built into. repositories are those of werf itself.
func explain(err error, repositories []string) error {
	var known *exit.Error
	if errors.As(err, &known) {
		return err
	}
	if message, ok := commandsFailed(err); ok {
		return exit.With(exit.BuildFailed, errors.New(message), "")
	}
	if explained, ok := werfcfg.Explain(err); ok {
		return explained
	}
	text := withoutOutput(err)
	if explained, ok := historyMissing(text); ok {
		return explained
	}
	message := shorten(text)
	if strings.HasSuffix(message, errStagesRequired) {
		return exit.With(exit.BuildFailed, errors.New("it is not in the repository"),
			"--require-built-images is set, and this image is not in the repository: build it first.")
	}
	if regexpNoSpace.MatchString(text) && !regexpQuota.MatchString(text) {
		return exit.With(exit.Failed, errors.New(message),
			"Free disk space; the program's own images are below the data folder that `modship env` shows.")
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) { // a file of this machine
		return exit.With(exit.Failed, errors.New(message), "")
	}
	r := requestOf(text, repositories)
	for _, e := range r.explanations() {
		if e.pattern.MatchString(text) {
			return exit.With(e.code, errors.New(r.prefix(message)+message), e.hint)
		}
	}
	return exit.With(exit.BuildFailed, errors.New(message), "")
}

// unshallow is how werf says that it could not fetch the history of a shallow
// clone; what git said of it comes last.
var unshallow = regexp.MustCompile(`(?s)unable to fetch local git repo: unable to fetch origin: (.*)|(shallow git clone is not allowed)`)

// gitSaid are the lines that git writes for people.
var gitSaid = regexp.MustCompile(`(?m)^(?:fatal|error|ssh): (.+?)\s*$`)

func historyMissing(text string) (explained error, ok bool) {
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
	return exit.With(exit.Failed, errors.New("this clone is shallow, and "+cause),
		"Check out the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab, git fetch --unshallow); gitWorktree.forceShallowClone: true in werf.yaml does without it."), true
}

// An explanation recognises a cause that the user can do something about.
type explanation struct {
	pattern *regexp.Regexp
	code    exit.Code
	hint    string
}

var (
	regexpNoSpace = regexp.MustCompile(`(?i)no space left on device`)
	regexpQuota   = regexp.MustCompile(`(?i)(HTTP status: 507|insufficient storage)`)
	regexpLogin   = regexp.MustCompile(`(?i)(unauthorized|authentication required|no basic auth credentials|\b401\b)`)
	regexpNoWrite = regexp.MustCompile(`(?i)(read.only|UNSUPPORTED:|\b405\b)`)
	regexpDenied  = regexp.MustCompile(`(?i)(denied|forbidden|\b403\b)`)
	regexpNetwork = regexp.MustCompile(`(?i)(connection refused|no such host|server misbehaving|name resolution|could not resolve host|failed to connect|i/o timeout|TLS handshake timeout|network is unreachable|no route to host)`)
	regexpBroken  = regexp.MustCompile(`(?i)(HTTP status: 5\d\d|\b50[0-4] [A-Z])`)
	regexpMissing = regexp.MustCompile(`(?i)(manifest unknown|MANIFEST_UNKNOWN|not found: manifest|name unknown)`)
)

// repositoryExplanations are about the repositories of werf itself.
var repositoryExplanations = []explanation{
	{regexpQuota, exit.Failed, "The registry has no space left: free some or enlarge its storage."},
	{regexpLogin, exit.Refused, "Log in to the registry (docker login, crane auth login), or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD; a password that is set is not accepted."},
	{regexpNoWrite, exit.Refused, "The registry takes no writes: it is read-only, or does not allow this operation."},
	{regexpDenied, exit.Refused, "The user may not write there: check the permissions of the account for this repository."},
	{regexpNetwork, exit.Failed, "The registry does not answer: check the address in --source and the network."},
	{regexpBroken, exit.Failed, "The registry has a problem of its own: look at its log; running again goes on where this run stopped."},
}
