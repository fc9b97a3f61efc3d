package remote

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// Defaults of [ClientOptions].
const (
	DefaultJobs = 8
	// DefaultTimeout is long because registries with object storage are silent
	// while they put a large blob together. What carries no blob is given up
	// sooner.
	DefaultTimeout = 2 * time.Minute
	// DefaultUserAgent is what registries see in their logs.
	DefaultUserAgent = "modship"
)

// ClientOptions are the options of [NewClient]; the zero value is usable.
type ClientOptions struct {
	// Keychain finds the logins; with one, DockerConfig does not count, and of
	// Username, Password and Host only errors tell.
	Keychain Keychain
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
	// Transport sends the requests, nil means one of the session's own with
	// the settings above.
	Transport http.RoundTripper
	// LoginTimeout bounds reaching a registry and logging in, retries included.
	// 0 means half a minute.
	LoginTimeout time.Duration
	// Sleep waits between two attempts; nil waits in real time.
	Sleep func(ctx context.Context, wait time.Duration) error
	// Log is told about retries and fallbacks, nil means nobody is.
	Log func(format string, args ...any)
}

// hasLogin reports whether the options hold a login.
func (o *ClientOptions) hasLogin() bool { return o.Username != "" || o.Password != "" }

// isLoginFor reports whether they hold one for the registry.
func (o *ClientOptions) isLoginFor(registry string) bool {
	return o.hasLogin() && registry == o.loginHost()
}

// loginHost is Host as registries are named here: docker.io has an alias.
func (o *ClientOptions) loginHost() string {
	registry, err := name.NewRegistry(o.Host)
	if err != nil {
		return o.Host
	}
	return registry.RegistryStr()
}

// Client speaks to OCI registries. It reuses connections, tokens and manifests
// it has read. It is safe for concurrent use.
type Client struct {
	opts ClientOptions
	wire *transport
	own  *http.Transport // nil when the caller gave one

	mu           sync.Mutex
	hosts        map[account]*host
	repositories map[string]*host // by registry/path
	manifests    manifestCache
	store        *blobStore
}

// NewClient returns a client. It sends nothing before the first verb; end it
// with [Client.Close].
func NewClient(opts ClientOptions) *Client {
	if opts.Jobs <= 0 {
		opts.Jobs = DefaultJobs
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.LoginTimeout <= 0 {
		opts.LoginTimeout = loginTimeout
	}
	if opts.Sleep == nil {
		opts.Sleep = sleep
	}
	if opts.UserAgent == "" {
		opts.UserAgent = DefaultUserAgent
	}
	if opts.Log == nil {
		opts.Log = func(string, ...any) {}
	}
	s := &Client{
		opts:  opts,
		hosts: map[account]*host{},

		repositories: map[string]*host{},
	}
	s.store = newBlobStore(s)
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
		sleep:     opts.Sleep,
		logf:      opts.Log,
	}
	return s
}

func newHTTPTransport(opts ClientOptions) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, response *http.Response) error {
			if response.StatusCode == http.StatusOK {
				return nil
			}
			return &ProxyError{Proxy: proxy.Host, Status: response.StatusCode}
		},
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: opts.SkipTLSVerify}, //nolint:gosec // asked for by the user
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: opts.Jobs + 1, // none is closed between two requests
		IdleConnTimeout:     90 * time.Second,
	}
}

// Close drops the idle connections.
func (s *Client) Close() {
	if s.own != nil {
		s.own.CloseIdleConnections()
	}
}

// Login reaches the registries of the given repositories (registry/path) and
// fetches one token per registry that allows the given access to all of them.
// Every verb logs in by itself when needed; calling Login first saves token
// requests and finds a refused login early.
func (s *Client) Login(ctx context.Context, repositories map[string]Access) error {
	wanted := map[*host]scopeSet{}
	for text, level := range repositories {
		repo, err := s.ParseRepository(text)
		if err != nil {
			return err
		}
		h, err := s.hostOf(ctx, repo)
		if err != nil {
			return err
		}
		if wanted[h] == nil {
			wanted[h] = scopeSet{}
		}
		wanted[h].add(scopeSet{repo.RepositoryStr(): level})
	}
	for h, scopes := range wanted {
		if err := h.require(ctx, scopes); err != nil {
			return err
		}
	}
	return nil
}

// Reach reports as an error that the registry of a repository (registry/path)
// does not answer. It sends no login, and later verbs do not ask again.
func (s *Client) Reach(ctx context.Context, repository string) error {
	repo, err := s.ParseRepository(repository)
	if err != nil {
		return err
	}
	h, err := s.hostOf(ctx, repo)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reach(ctx)
}

// Jobs returns the number of requests that may be under way at a time.
func (s *Client) Jobs() int { return s.opts.Jobs }

// Wait waits as the client does before it repeats a request for the nth time,
// counted from zero. It returns the context's error if that comes first.
func (s *Client) Wait(ctx context.Context, n int) error { return s.wire.sleep(ctx, backoff(n)) }

func isLoopback(hostname string) bool {
	ip := net.ParseIP(hostname)
	return hostname == "localhost" || ip != nil && ip.IsLoopback()
}
