package cli

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
)

func newRegistryCommand(io *streams) *cobra.Command {
	cmd := &cobra.Command{Use: "registry", Short: "Run the embedded registry"}
	cmd.AddCommand(newRegistryServeCommand(io))
	needsCommand(cmd)
	return cmd
}

type serveOptions struct{ Addr, Data string }

func newRegistryServeCommand(io *streams) *cobra.Command {
	o := &serveOptions{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the embedded registry until interrupted",
		Long: `Runs the embedded registry on a loopback address. Its data is kept between runs.
Commands use it when no module source is given, and start it themselves if it is
not running.`,
		Example: `  modship registry serve
  modship registry serve --addr 127.0.0.1:5000 --data ./registry`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), io, o) },
	}
	cmd.Flags().StringVar(&o.Addr, "addr", settings.EmbeddedAddr, "loopback `ADDRESS` to listen on, host:port")
	cmd.Flags().StringVar(&o.Data, "data", "", "`DIRECTORY` of the registry's data (default: in the user's data directory)")
	return cmd
}

// stopGrace is how long requests may go on after an interrupt.
const stopGrace = 2 * time.Second

func runServe(ctx context.Context, io *streams, o *serveOptions) error {
	if o.Data == "" {
		if err := settings.CheckHome(); err != nil {
			return err
		}
		o.Data = settings.UserDirs().Registry()
	}
	server, err := localregistry.Serve(context.WithoutCancel(ctx), localregistry.Options{Addr: o.Addr, Dir: o.Data})
	if err != nil && !isLoopbackAddr(o.Addr) {
		return exit.With(exit.Usage, fmt.Errorf("--addr: %w", err), "")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(io.Err, "serving %s at %s; interrupt to stop\n", o.Data, server.Addr())
	select {
	case <-ctx.Done():
	case <-server.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	return server.Close(grace)
}

// isLoopbackAddr reports whether addr is a loopback address with a valid port.
func isLoopbackAddr(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
