package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/remote"
)

// registryOptions are the flags of commands that work on a registry alone.
type registryOptions struct{ common }

// registryFlags are the werf flags that say how to speak to a registry, and
// where the module repository is.
var registryFlags = []string{"dir", "insecure-registry", "skip-tls-verify-registry", "docker-config"}

func (o *registryOptions) addRegistry(cmd *cobra.Command) {
	o.addTarget(cmd.Flags())
	o.addWerfOnly(cmd, registryFlags...)
}

// target is the module in its registry.
type target struct {
	settings   *settings.Settings
	repository module.Repository
}

// registrySession is a session and, if this run had to start it, the embedded
// registry behind it.
type registrySession struct {
	*remote.Client
	*publish.Publisher
	embedded *pipeline.Embedded
	renderer contract.Renderer // of the charts that contract rules are checked on
}

// closeGrace is how long requests of other runs to our registry may take.
const closeGrace = 30 * time.Second

// Close ends the session, and the embedded registry if it is the run's own.
func (s *registrySession) Close() {
	s.Client.Close()
	if s.embedded != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
		defer cancel()
		_ = s.embedded.Close(ctx)
	}
}

func (o *registryOptions) open(ctx context.Context, io *streams) (*target, *registrySession, error) {
	s, err := settings.ResolveTarget(ctx, o.input())
	if err != nil {
		return nil, nil, err
	}
	if err := checkWaived(s); err != nil {
		return nil, nil, err
	}
	repository, err := s.Repository()
	if err != nil {
		return nil, nil, err
	}
	session := &registrySession{}
	if s.Embedded {
		if session.embedded, err = pipeline.ServeEmbedded(ctx, settings.UserDirs()); err != nil {
			return nil, nil, err
		}
	}
	log := func(format string, args ...any) { fmt.Fprintf(io.Err, format+"\n", args...) }
	for _, note := range s.Notes {
		log("note: %s", note)
	}
	session.Client = pipeline.NewClient(pipeline.ClientOptions{Repository: repository, Flags: o.flags, Log: log})
	session.Publisher = pipeline.NewPublisher(session.Client, log)
	session.renderer = pipeline.Renderer(io.Charts, log)
	return &target{settings: s, repository: repository}, session, nil
}
