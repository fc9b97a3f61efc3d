package publish

import (
	"context"
	"crypto/tls"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/singleflight"

	"github.com/modship/modship/pkg/module"
)

// Defaults of [SessionOptions].
const (
	DefaultJobs = 8
	// DefaultTimeout is long because registries with object storage are silent
	// while they put a large blob together. What carries no blob is given up
	// sooner.
	DefaultTimeout = 2 * time.Minute
	// DefaultUserAgent is what registries see in their logs.
	DefaultUserAgent = "modship"
)

// SessionOptions say how registries are spoken to.
type SessionOptions struct {
	// DockerConfig is the directory of the Docker configuration to take logins
	// from; empty means where Docker and Podman look for it.
	DockerConfig string
	// Username and Password are the login for the registry Host, before the
	// Docker configuration is asked. They are sent nowhere else.
	Username, Password string
	// Host is the registry, host or host:port, that Username and Password are
	// for: the host of the module source.
	Host string
	// Insecure allows plain HTTP to registries on other machines. To loopback
	// addresses it is always allowed.
	Insecure bool
	// SkipTLSVerify does not check certificates.
	SkipTLSVerify bool
	// Jobs limits the requests that are under way at a time and the blobs that
	// are transferred at a time. 0 means [DefaultJobs].
	Jobs int
	// Timeout ends a request on which no byte moved that long, one without a
	// blob after half a minute at the latest. 0 means [DefaultTimeout].
	Timeout time.Duration
	// UserAgent is sent with every request. Empty means [DefaultUserAgent].
	UserAgent string
	// Actor is named in the history of channels as the one who moved them, for
	// example a CI job or user@machine.
	Actor string
	// Transport sends the requests, nil means one of the session's own with
	// the settings above.
	Transport http.RoundTripper
	// Log is told about retries and fallbacks, nil means nobody is.
	Log func(format string, args ...any)
}

// Session is a connection to registries: connections, tokens and manifests
// that were read are used again. It is safe for concurrent use.
type Session struct {
	opts      SessionOptions
	wire      *transport
	own       *http.Transport // nil when the caller gave one
	transfers chan struct{}   // limits blobs under way
	now       func() time.Time
	// loginTimeout is [loginTimeout].
	loginTimeout time.Duration
	providing    singleflight.Group // one at a time per blob and repository

	mu        sync.Mutex
	hosts     map[string]*host
	manifests map[string]*Manifest // by digest
	blobs     map[string]bool      // repository@digest known to be there
}

// NewSession makes a session. Nothing is sent before the first verb; end it
// with [Session.Close].
func NewSession(opts SessionOptions) *Session {
	if opts.Jobs <= 0 {
		opts.Jobs = DefaultJobs
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.UserAgent == "" {
		opts.UserAgent = DefaultUserAgent
	}
	if opts.Log == nil {
		opts.Log = func(string, ...any) {}
	}
	s := &Session{
		opts:         opts,
		transfers:    make(chan struct{}, opts.Jobs),
		now:          time.Now,
		loginTimeout: loginTimeout,
		hosts:        map[string]*host{},
		manifests:    map[string]*Manifest{},
		blobs:        map[string]bool{},
	}
	next := opts.Transport
	if next == nil {
		s.own = newHTTPTransport(opts)
		next = s.own
	}
	s.wire = &transport{
		next:      next,
		slots:     make(chan struct{}, opts.Jobs),
		timeout:   opts.Timeout,
		agent:     opts.UserAgent,
		allowHTTP: func(hostname string) bool { return opts.Insecure || isLoopback(hostname) },
		sleep:     sleep,
		logf:      opts.Log,
	}
	return s
}

func newHTTPTransport(opts SessionOptions) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: opts.SkipTLSVerify}, //nolint:gosec // asked for by the user
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: opts.Jobs + 1, // none is closed between two requests
		IdleConnTimeout:     90 * time.Second,
	}
}

// Close drops the idle connections.
func (s *Session) Close() {
	if s.own != nil {
		s.own.CloseIdleConnections()
	}
}

// Login reaches the registry of a module and fetches the one token that
// reading and writing the module needs. It is the preflight before a long
// build; every verb does it by itself when it was not done.
func (s *Session) Login(ctx context.Context, repository module.Repository) error {
	return s.login(ctx, moduleAccess(repository))
}

// Reach finds out whether the registry of a module answers, without a login.
// Nothing that is sent later asks again.
func (s *Session) Reach(ctx context.Context, repository module.Repository) error {
	repo, err := s.parseRepository(repository.BundleRepo())
	if err != nil {
		return err
	}
	h := s.hostOf(repo.Registry)
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reach(ctx)
}

// moduleAccess is what publishing a module needs.
func moduleAccess(repository module.Repository) map[string]access {
	return map[string]access{repository.BundleRepo(): push, repository.ReleaseRepo(): push, repository.Source: push}
}

// login fetches one token per registry for the given access to repositories.
func (s *Session) login(ctx context.Context, repositories map[string]access) error {
	wanted := map[name.Registry]scopeSet{}
	for text, level := range repositories {
		repo, err := s.parseRepository(text)
		if err != nil {
			return err
		}
		if wanted[repo.Registry] == nil {
			wanted[repo.Registry] = scopeSet{}
		}
		wanted[repo.Registry].add(scopeSet{repo.RepositoryStr(): level})
	}
	for registry, scopes := range wanted {
		if _, err := s.host(ctx, registry, scopes); err != nil {
			return err
		}
	}
	return nil
}

func isLoopback(hostname string) bool {
	ip := net.ParseIP(hostname)
	return hostname == "localhost" || ip != nil && ip.IsLoopback()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
