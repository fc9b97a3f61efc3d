package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/gofrs/flock"

	"github.com/modship/modship/internal/exit"
)

// Dirs are the program's own folders.
type Dirs struct {
	Data  string // embedded registry and container storage: kept between runs
	State string // logs, learned durations, last report
}

// EnvHome names the folder below which all of the program's own folders are.
const EnvHome = "MODSHIP_HOME"

// CheckHome refuses a relative MODSHIP_HOME: the folders would be made wherever
// the program is started, the module repository included. The XDG base
// directory specification calls relative paths invalid for the same reason.
func CheckHome() error {
	if home := os.Getenv(EnvHome); home != "" && !filepath.IsAbs(home) {
		return exit.With(exit.Usage, fmt.Errorf("%s=%s is a relative path: an absolute one is expected", EnvHome, home), "")
	}
	return nil
}

// DirsFrom tells where the folders of [UserDirs] come from.
func DirsFrom() string {
	if os.Getenv(EnvHome) != "" {
		return EnvHome
	}
	return "user directory"
}

// UserDirs returns the folders below the user's data and state directories
// (XDG base directory specification), or below MODSHIP_HOME if that is set.
func UserDirs() Dirs {
	if home := os.Getenv(EnvHome); home != "" {
		return Dirs{Data: filepath.Join(home, "data"), State: filepath.Join(home, "state")}
	}
	xdg.Reload() // tests and callers change HOME after this package was initialised
	return Dirs{Data: filepath.Join(xdg.DataHome, "modship"), State: filepath.Join(xdg.StateHome, "modship")}
}

// Registry is the data of the embedded registry.
func (d Dirs) Registry() string { return filepath.Join(d.Data, "registry") }

// Containers is the container storage of the embedded Buildah.
func (d Dirs) Containers() string { return filepath.Join(d.Data, "containers") }

// Files is the cache of files that were fetched for modship.yaml.
func (d Dirs) Files() string { return filepath.Join(d.Data, "files") }

// ContainersLock is held by the builds that use the container storage.
func (d Dirs) ContainersLock() string { return filepath.Join(d.Data, "containers.lock") }

// Logs holds one folder a module with the build log of each image.
func (d Dirs) Logs(module string) string { return filepath.Join(d.State, "logs", module) }

// Durations is the file with what was learned of how long a module's images take.
func (d Dirs) Durations(module string) string {
	return filepath.Join(d.State, "durations", module+".json")
}

// Reads is the file with what the last build of a module read of its repository.
func (d Dirs) Reads(module string) string {
	return filepath.Join(d.State, "reads", module+".json")
}

// Environment is the file with hashes of what a module's templates read at the
// last build.
func (d Dirs) Environment(module string) string {
	return filepath.Join(d.State, "environment", module+".json")
}

// RunDir is the folder for the temporary files of one run.
type RunDir struct {
	Path string
	lock *flock.Flock
}

// runPrefix begins the names of run folders.
const runPrefix = "modship-"

// NewRunDir makes a folder for the temporary files of one run and removes
// those of runs that were killed. It is below WERF_TMP_DIR if that is set,
// because users point that at a large disk.
func (d Dirs) NewRunDir() (*RunDir, error) {
	base := os.Getenv("WERF_TMP_DIR")
	if base == "" {
		base = filepath.Join(d.State, "run")
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, fmt.Errorf("create folder for temporary files: %w", err)
	}
	removeAbandoned(base)
	dir, err := os.MkdirTemp(base, runPrefix)
	if err != nil {
		return nil, fmt.Errorf("create folder for temporary files: %w", err)
	}
	lock := flock.New(lockOf(dir))
	if _, err := lock.TryLock(); err != nil {
		return nil, fmt.Errorf("lock folder for temporary files: %w", err)
	}
	return &RunDir{Path: dir, lock: lock}, nil
}

// InstanceLink is where a symbolic link to a folder outside belongs that goes
// with this one, if it was not removed before.
func (r *RunDir) InstanceLink() string { return instanceLink(r.Path) }

func instanceLink(dir string) string { return filepath.Join(dir, "instance") }

// Remove removes the folder with all that is in it.
func (r *RunDir) Remove() error {
	err := os.RemoveAll(r.Path)
	return errors.Join(err, r.lock.Unlock())
}

// lockOf is held by the run that uses the folder. A folder without the file is
// just being made.
func lockOf(dir string) string { return filepath.Join(dir, "lock") }

// removeAbandoned removes the folders of runs that ended without doing it:
// what werf leaves there may hold secrets. Errors do not matter to this run.
func removeAbandoned(base string) {
	dirs, err := filepath.Glob(filepath.Join(base, runPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		if !isFile(lockOf(dir)) {
			continue
		}
		lock := flock.New(lockOf(dir))
		if free, err := lock.TryLock(); err == nil && free {
			if outside, err := os.Readlink(instanceLink(dir)); err == nil {
				_ = os.RemoveAll(outside)
			}
			_ = os.RemoveAll(dir)
			_ = lock.Unlock()
		}
	}
}
