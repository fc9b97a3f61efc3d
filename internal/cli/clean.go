package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/build/isolate"
	"github.com/modship/modship/internal/disk"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
)

func newCleanCommand(io *streams) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Empty the embedded registry and the container storage",
		Long: `Removes all that modship stores on this machine: the data of the embedded
registry with every version in it, the container storage of builds, fetched files
and rendered charts. Logs and learned durations stay. Registries elsewhere are not touched, and
neither is what Docker stores.

clean asks before it removes anything. It refuses while a build runs or a run uses
the embedded registry.`,
		Example: `  modship clean          # ask first
  modship clean --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runClean(cmd.Context(), io, yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func runClean(ctx context.Context, io *streams, yes bool) error {
	if err := settings.CheckHome(); err != nil {
		return err
	}
	dirs := settings.UserDirs()
	if os.Geteuid() != 0 { // images have files of other users, which are this user's in its namespaces
		if err := isolate.Enter(isolate.Options{StorageDir: dirs.Containers()}); err != nil {
			return err
		}
	}
	used, err := disk.Measure(dirs)
	if err != nil {
		return err
	}
	if !yes {
		fmt.Fprintf(io.Err, "Remove the embedded registry (%s) and the container storage (%s) in %s? [y/N] ", size(used.Registry), size(used.Containers), dirs.Data)
		answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if !strings.EqualFold(strings.TrimSpace(answer), "y") {
			if err != nil {
				fmt.Fprintln(io.Err)
			}
			return exit.With(exit.Failed, errors.New("nothing was removed"), "Answer y, or give --yes.")
		}
	}
	if err := clean(ctx, dirs); err != nil {
		return err
	}
	fmt.Fprintf(io.Out, "removed %s\n", size(used.Total()))
	return nil
}

// clean removes the data while nobody else uses it.
func clean(ctx context.Context, dirs settings.Dirs) error {
	if err := os.MkdirAll(dirs.Registry(), 0o755); err != nil {
		return err
	}
	release, alone, err := localregistry.Alone(ctx, dirs.Registry())
	if err != nil {
		return err
	}
	if !alone {
		return inUse("embedded registry")
	}
	defer release()
	lock := flock.New(dirs.ContainersLock())
	alone, err = lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock the container storage: %w", err)
	}
	if !alone {
		return inUse("container storage")
	}
	defer lock.Unlock() //nolint:errcheck // it ends with the process
	return errors.Join(emptyDir(dirs.Registry()), emptyDir(dirs.Containers()), os.RemoveAll(dirs.Files()), os.RemoveAll(dirs.Renderings()))
}

func inUse(what string) error {
	return exit.With(exit.Failed, fmt.Errorf("the %s is in use by another run: nothing was removed", what), "Run modship clean when it has ended.")
}

// emptyDir removes the contents of a directory. The directory stays, with its locks,
// which other runs may be waiting for.
func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".lock" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("empty %s: %w", dir, err)
		}
	}
	return nil
}
