package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/settings"
)

type overrideOptions struct {
	registryOptions
	ScanInterval model.Duration
	NoCheck      bool
}

// defaultScanInterval is how often the controller looks for another image under
// the tag unless the object says otherwise (deckhouse, ModulePullOverride).
const defaultScanInterval = 15 * time.Second

func newOverrideCommand(io *streams) *cobra.Command {
	o := &overrideOptions{ScanInterval: model.Duration(defaultScanInterval)}
	cmd := &cobra.Command{
		Use:   "override",
		Short: "Print a ModulePullOverride for a dev tag",
		Long: `Prints the manifest with which a cluster runs the module from a tag instead of a
release channel, and follows the tag as it is published again. The module has to
be enabled in the cluster and to come from a ModuleSource with the same address.

Before it prints, override checks that the cluster would find what it looks for:
the bundle under the tag and the registration tag of the module.`,
		Example: `  modship publish && modship override | kubectl apply -f -
  modship override --tag pr12 --scan-interval 1m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runOverride(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	fs := cmd.Flags()
	o.addTag(fs, "published `TAG`; default: the tag that publish would take")
	fs.Var(&o.ScanInterval, "scan-interval", "how often the cluster looks for a new image under the tag, such as 15s or 1m")
	fs.BoolVar(&o.NoCheck, "no-check", false, "print without asking the registry")
	return cmd
}

func runOverride(ctx context.Context, io *streams, o *overrideOptions) error {
	if time.Duration(o.ScanInterval) <= 0 {
		return exit.With(exit.Usage, fmt.Errorf("--scan-interval %s: expected more than 0", o.ScanInterval), "")
	}
	t, session, err := o.open(ctx, io)
	if err != nil {
		return err
	}
	defer session.Close()
	tag := t.settings.Tag
	if tag.Value == "" {
		s, err := settings.Resolve(ctx, o.input())
		if err != nil {
			return err
		}
		tag = s.Tag
	}
	if !o.NoCheck {
		if err := checkOverride(ctx, t, session, tag); err != nil {
			return err
		}
	}
	if t.settings.Embedded {
		fmt.Fprintf(io.Err, "note: %s is the embedded registry of this machine: a cluster reaches it only if it runs here\n", t.settings.Source.Value)
	}
	fmt.Fprint(io.Out, overrideManifest(t, tag.Value, time.Duration(o.ScanInterval)))
	return nil
}

// checkOverride asks for what the controller reads: the bundle under the tag, and
// the registration tag, without which it does not know the module.
func checkOverride(ctx context.Context, t *target, session *registrySession, tag settings.Value) error {
	for _, ref := range []string{t.repository.Bundle(tag.Value), t.repository.Registration()} {
		_, found, err := session.Digest(ctx, ref)
		if err != nil {
			return err
		}
		if !found {
			return exit.With(exit.Violated, fmt.Errorf("%s is not published (tag from %s): a cluster would report a download error", ref, tag.From),
				"Publish first: modship publish --tag "+tag.Value)
		}
	}
	return nil
}

// overrideManifest returns the object with the fields that the controller reads.
// The source is a comment: the object has no field for it.
func overrideManifest(t *target, tag string, interval time.Duration) string {
	return fmt.Sprintf(`# The module has to come from a ModuleSource with spec.registry.repo: %s
apiVersion: deckhouse.io/v1alpha2
kind: ModulePullOverride
metadata:
  name: %s
spec:
  imageTag: %q
  scanInterval: %s
`, t.repository.Source, t.repository.Name, tag, interval)
}
