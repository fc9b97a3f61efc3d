package localregistry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Runs that overlap in time serve the same data at the same address together:
// the kernel gives each connection to one of them, and the others go on when
// one ends. Distribution allows several processes on one storage as long as
// they sign the state of uploads with the same secret.

// identityHeader names the data behind an answer of the embedded registry.
const identityHeader = "Modship-Registry-Data"

// secretFile is in the data directory, next to distribution's own files.
const secretFile = ".modship-secret" //nolint:gosec // the name of a file

// ServeBeside is [Serve] where an embedded registry with the same data may
// serve at the address already. A registry with other data, or one that was
// started alone, is an *[InUseError].
func ServeBeside(ctx context.Context, opts Options) (*Server, error) {
	if err := os.MkdirAll(opts.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the registry directory: %w", err)
	}
	secret, err := storedSecret(opts.Dir)
	if err != nil {
		return nil, err
	}
	own := identity(secret)
	switch there, found := probe(ctx, opts.Addr); {
	case found && there != own:
		return nil, &InUseError{Addr: opts.Addr, Registry: true}
	case !found && somebodyListens(ctx, opts.Addr):
		return nil, &InUseError{Addr: opts.Addr}
	}
	next := opts.Wrap
	opts.Wrap = func(handler http.Handler) http.Handler {
		if next != nil {
			handler = next(handler)
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(identityHeader, own)
			handler.ServeHTTP(w, r)
		})
	}
	opts.secret, opts.beside = secret, true
	return Serve(ctx, opts)
}

// storedSecret reads the secret of the data directory, or creates one.
func storedSecret(dir string) (string, error) {
	file := filepath.Join(dir, secretFile)
	// Written elsewhere and linked: no reader sees half of it, and the first writer
	// wins. Renaming would let the last one win, after the first has used its own.
	temp, err := os.CreateTemp(dir, secretFile+"-*")
	if err != nil {
		return "", fmt.Errorf("registry directory %s is not writable: %w", dir, err)
	}
	defer os.Remove(temp.Name())
	if _, err := temp.WriteString(rand.Text()); err != nil {
		return "", errors.Join(fmt.Errorf("write the registry's secret: %w", err), temp.Close())
	}
	if err := temp.Close(); err != nil {
		return "", fmt.Errorf("write the registry's secret: %w", err)
	}
	if err := os.Link(temp.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("write the registry's secret: %w", err)
	}
	secret, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the registry's secret: %w", err)
	}
	return string(secret), nil
}

func identity(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:8])
}

func somebodyListens(ctx context.Context, addr string) bool {
	conn, err := (&net.Dialer{Timeout: probeTimeout}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// reusePort lets several processes of one user listen at the same address.
func reusePort(_, _ string, conn syscall.RawConn) error {
	var err error
	if controlErr := conn.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}); controlErr != nil {
		return controlErr
	}
	return err
}
