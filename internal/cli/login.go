package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	stdio "io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/login"
	"github.com/modship/modship/internal/settings"
)

type loginOptions struct {
	registryOptions
	Username      string
	PasswordStdin bool
}

func newLoginCommand(io *streams) *cobra.Command {
	o := &loginOptions{}
	cmd := &cobra.Command{
		Use:   "login [HOST]",
		Short: "Store a registry login",
		Long: `Checks a login with the registry and stores it in Docker's configuration, or in
the credential store that it names, where werf, docker and crane find it too.
Without HOST the registry is that of $MODULES_REGISTRY or of the module source.

The password is read from standard input, from $MODULES_REGISTRY_PASSWORD, or
from the terminal. There is no flag for it: other users of a machine can read
the command line.`,
		Example: `  echo "$TOKEN" | modship login ghcr.io --username me --password-stdin
  modship login                       # $MODULES_REGISTRY, _LOGIN and _PASSWORD`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			host := ""
			if len(args) > 0 {
				host = args[0]
			}
			return runLogin(cmd.Context(), io, os.Stdin, host, o)
		},
	}
	o.addRegistry(cmd)
	cmd.Flags().StringVarP(&o.Username, "username", "u", "", "`USER` name ($"+settings.EnvLogin+")")
	cmd.Flags().BoolVar(&o.PasswordStdin, "password-stdin", false, "read the password from standard input")
	return cmd
}

func runLogin(ctx context.Context, io *streams, in stdio.Reader, host string, o *loginOptions) error {
	l := login.Login{Registry: cmp.Or(host, os.Getenv(settings.EnvRegistry)), Username: cmp.Or(o.Username, os.Getenv(settings.EnvLogin))}
	if l.Registry == "" {
		s, err := settings.ResolveTarget(ctx, o.input())
		if err != nil {
			return err
		}
		repository, err := s.Repository()
		if err != nil {
			return err
		}
		l.Registry = repository.Host()
	}
	if l.Username == "" {
		return exit.With(exit.Usage, errors.New("no user name: --username is not given"), "Give --username USER or set "+settings.EnvLogin+".")
	}
	var err error
	if l.Password, err = o.password(io, in, l); err != nil {
		return err
	}
	if err := login.Check(ctx, l, login.CheckOptions{Insecure: *o.flags.Data().InsecureRegistry}); err != nil {
		return explainLogin(err)
	}
	where, err := login.Store(l, o.dockerConfig())
	if err != nil {
		return err
	}
	fmt.Fprintf(io.Err, "logged in to %s as %s; the login is kept in %s\n", l.Registry, l.Username, where)
	return nil
}

// explainLogin gives an error of a login its exit code and a hint.
func explainLogin(err error) error {
	switch {
	case errors.Is(err, login.ErrRefused):
		return exit.With(exit.Refused, err, "Check the user name and the password; a token may have expired or lack the right to use packages.")
	case errors.Is(err, login.ErrAddress):
		return exit.With(exit.Usage, err, "Give a host such as registry.example.com or registry.example.com:5000.")
	default:
		return exit.With(exit.Refused, err, "For a registry without TLS give --insecure-registry.")
	}
}

// password reads the password from where the user says, else from the
// environment, else from the terminal.
func (o *loginOptions) password(io *streams, in stdio.Reader, l login.Login) (string, error) {
	if o.PasswordStdin {
		data, err := stdio.ReadAll(bufio.NewReader(in))
		if err != nil {
			return "", fmt.Errorf("read the password from standard input: %w", err)
		}
		if password := strings.TrimRight(string(data), "\r\n"); password != "" {
			return password, nil
		}
		return "", exit.With(exit.Usage, errors.New("standard input holds no password"), "")
	}
	if password := os.Getenv(settings.EnvPassword); password != "" {
		return password, nil
	}
	file, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", exit.With(exit.Usage, errors.New("no password is given"), "Give --password-stdin or set "+settings.EnvPassword+".")
	}
	fmt.Fprintf(io.Err, "Password of %s for %s: ", l.Username, l.Registry)
	password, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(io.Err)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(password), nil
}

// dockerConfig returns the directory of Docker's configuration that werf and
// modship read.
func (o *loginOptions) dockerConfig() string {
	if f := o.flags.FlagSet().Lookup("docker-config"); f != nil && f.Value.String() != "" {
		return f.Value.String()
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "." // as Docker does
	}
	return cmp.Or(os.Getenv("DOCKER_CONFIG"), filepath.Join(home, ".docker"))
}
