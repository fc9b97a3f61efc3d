package localregistry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/distribution/distribution/v3/registry/handlers"
)

// Options configures [Serve].
type Options struct {
	// Addr is host:port on a loopback interface; port 0 takes a free one.
	Addr string
	// Dir keeps the content between runs; it is created if missing. Empty keeps
	// everything in memory until Close.
	Dir string
	// Username and Password, when set, are asked for by HTTP Basic
	// authentication.
	Username, Password string
	// Certificate, when set, makes the server speak TLS only.
	Certificate *tls.Certificate
	// Wrap, when set, is put around the registry's handler, inside the
	// authentication: a place to count or to spoil requests.
	Wrap func(http.Handler) http.Handler

	// Held says that the caller holds the data [Alone]: no lock is taken.
	Held bool

	secret string // signs the state of uploads; empty makes one
	beside bool   // others may listen at Addr too
}

// Server is a running registry.
type Server struct {
	addr string
	http *http.Server
	app  *handlers.App
	done chan struct{} // closed when the accept loop has ended

	active   atomic.Int64 // requests being answered
	closing  sync.Once
	closeErr error
	serveErr error
}

// Serve starts a registry and returns when it accepts connections. It serves
// until [Server.Close]; cancelling ctx closes it too.
//
// Errors: an address that is not loopback, a directory that cannot be written,
// and *[InUseError] when something listens there already.
func Serve(ctx context.Context, opts Options) (*Server, error) {
	if err := checkLoopback(opts.Addr); err != nil {
		return nil, err
	}
	listener, err := listen(ctx, opts.Addr, opts.beside)
	if err != nil {
		return nil, err
	}
	s, err := newServer(ctx, listener.Addr().String(), opts)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if opts.Certificate != nil {
		listener = tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{*opts.Certificate},
			MinVersion:   tls.VersionTLS12,
		})
	}
	go s.serve(listener)
	context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = s.Close(grace) // kept in closeErr for the caller's own Close
	})
	return s, nil
}

func newServer(ctx context.Context, addr string, opts Options) (*Server, error) {
	app, err := newApp(silence(context.WithoutCancel(ctx)), opts.Dir, opts.secret)
	if err != nil {
		return nil, err
	}
	handler := quiet(app)
	if opts.Dir != "" && !opts.beside && !opts.Held { // runs that serve beside each other hold a lock of their own
		handler = (&whileServing{dir: opts.Dir}).wrap(handler)
	}
	if opts.Wrap != nil {
		handler = opts.Wrap(handler)
	}
	if opts.Username != "" || opts.Password != "" {
		handler = basicAuth(handler, opts.Username, opts.Password)
	}
	s := &Server{addr: addr, app: app, done: make(chan struct{})}
	s.http = &http.Server{
		Handler:           s.count(handler),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	return s, nil
}

func (s *Server) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.active.Add(1)
		defer s.active.Add(-1)
		next.ServeHTTP(w, r)
	})
}

func (s *Server) serve(listener net.Listener) {
	defer close(s.done)
	if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		s.serveErr = fmt.Errorf("serve the embedded registry at %s: %w", s.addr, err)
	}
}

// Addr is the host:port the registry listens on.
func (s *Server) Addr() string { return s.addr }

// Done is closed when the registry no longer serves.
func (s *Server) Done() <-chan struct{} { return s.done }

// Close lets running requests end as long as ctx allows, cuts the rest off and
// stops the registry. Closing twice is the same as closing once.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Do(func() {
		err := s.shutdown(ctx)
		<-s.done
		s.closeErr = errors.Join(s.serveErr, err, s.app.Shutdown())
	})
	return s.closeErr
}

// shutdown waits for requests that are being answered, and not for connections
// that were opened and never used, as http.Server does for seconds.
func (s *Server) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		const interval = 10 * time.Millisecond
		for time.Sleep(interval); s.active.Load() > 0; time.Sleep(interval) {
			if ctx.Err() != nil {
				return
			}
		}
		cancel()
	}()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}
