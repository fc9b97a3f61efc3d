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

// Dirs are the directories of modship.
type Dirs struct {
	Home  string // MODSHIP_HOME, empty if it is not set
	Data  string // embedded registry and container storage: kept between runs
	State string // logs, learned durations, last report
}

// hintHome is the way out where the program cannot write its files: a user
// without an entry in /etc/passwd, as containers have, has / as home.
const hintHome = "Set " + EnvHome + " to a directory where this user may write, for example " + EnvHome + "=/tmp/modship, and free some space if the disk is full."

// EnvHome names the directory that contains all directories of modship.
const EnvHome = "MODSHIP_HOME"

// CheckHome refuses a relative MODSHIP_HOME: the directories would be created
// wherever the program is started, even in the module repository. The XDG base
// directory specification calls relative paths invalid for the same reason.
func CheckHome() error {
	if home := os.Getenv(EnvHome); home != "" && !filepath.IsAbs(home) {
		return exit.With(exit.Usage, fmt.Errorf("%s=%s is a relative path: expected an absolute one", EnvHome, home), "")
	}
	return nil
}

// DirsFrom returns where the directories of [UserDirs] come from.
func DirsFrom() string {
	if os.Getenv(EnvHome) != "" {
		return EnvHome
	}
	return "user directory"
}

// UserDirs returns the directories below the user's data and state directories
// (XDG base directory specification), or below MODSHIP_HOME if that is set.
func UserDirs() Dirs {
	if home := os.Getenv(EnvHome); home != "" {
		return Dirs{Home: home, Data: filepath.Join(home, "data"), State: filepath.Join(home, "state")}
	}
	xdg.Reload() // tests and callers change HOME after this package was initialised
	return Dirs{Data: filepath.Join(xdg.DataHome, "modship"), State: filepath.Join(xdg.StateHome, "modship")}
}

// Werf makes the directory of werf's caches. It is empty for werf's own default,
// which is below the user's home; a user whose home takes no files has it below
// MODSHIP_HOME, like everything else.
func (d Dirs) Werf() (string, error) {
	if d.Home == "" || os.Getenv("WERF_HOME") != "" {
		return "", nil
	}
	if home, err := os.UserHomeDir(); err == nil && os.MkdirAll(filepath.Join(home, ".werf"), 0o755) == nil {
		return "", nil
	}
	dir := filepath.Join(d.Home, "werf")
	return dir, os.MkdirAll(dir, 0o700)
}

// Registry returns the directory of the embedded registry's data.
func (d Dirs) Registry() string { return filepath.Join(d.Data, "registry") }

// Containers returns the container storage of the embedded Buildah.
func (d Dirs) Containers() string { return filepath.Join(d.Data, "containers") }

// Files is the cache of files that were fetched for modship.yaml.
func (d Dirs) Files() string { return filepath.Join(d.Data, "files") }

// Renderings is the cache of what charts rendered to.
func (d Dirs) Renderings() string { return filepath.Join(d.Data, "renderings") }

// ContainersLock returns the lock that builds hold while they use the container
// storage.
func (d Dirs) ContainersLock() string { return filepath.Join(d.Data, "containers.lock") }

// Logs returns the directory of the build logs: one directory per module, one file
// per image.
func (d Dirs) Logs(module string) string { return filepath.Join(d.State, "logs", module) }

// Durations returns the file with the learned durations of a module's images.
func (d Dirs) Durations(module string) string {
	return filepath.Join(d.State, "durations", module+".json")
}

// Reads returns the file that lists what the last build of a module read from its
// registry repository.
func (d Dirs) Reads(module string) string {
	return filepath.Join(d.State, "reads", module+".json")
}

// Environment returns the file with hashes of the variables that a module's
// templates read at the last build.
func (d Dirs) Environment(module string) string {
	return filepath.Join(d.State, "environment", module+".json")
}

// RunDir is the directory for the temporary files of one run.
type RunDir struct {
	Path string
	lock *flock.Flock
}

// runPrefix starts the names of these directories.
const runPrefix = "modship-"

// NewRunDir creates a directory for the temporary files of one run, and removes
// those of killed runs. It is below WERF_TMP_DIR if that is set, because users
// point that at a large disk.
func (d Dirs) NewRunDir() (*RunDir, error) {
	base := os.Getenv("WERF_TMP_DIR")
	if base == "" {
		base = filepath.Join(d.State, "run")
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, exit.With(exit.Failed, fmt.Errorf("create the directory for temporary files: %w", err), hintHome)
	}
	removeAbandoned(base)
	dir, err := os.MkdirTemp(base, runPrefix)
	if err != nil {
		return nil, exit.With(exit.Failed, fmt.Errorf("create the directory for temporary files: %w", err), hintHome)
	}
	lock := flock.New(lockOf(dir))
	if _, err := lock.TryLock(); err != nil {
		return nil, fmt.Errorf("lock the directory for temporary files: %w", err)
	}
	if err := os.Mkdir(outside(dir), 0o700); err != nil {
		return nil, fmt.Errorf("create the directory for temporary files: %w", err)
	}
	return &RunDir{Path: dir, lock: lock}, nil
}

// Outside returns a directory for symbolic links to directories elsewhere. If the
// run is killed, the next one removes what they point to.
func (r *RunDir) Outside() string { return outside(r.Path) }

func outside(dir string) string { return filepath.Join(dir, "outside") }

// Remove removes the directory and its content.
func (r *RunDir) Remove() error {
	err := os.RemoveAll(r.Path)
	return errors.Join(err, r.lock.Unlock())
}

// lockOf returns the lock of the run that uses the directory. A directory without
// it is being created.
func lockOf(dir string) string { return filepath.Join(dir, "lock") }

// removeAbandoned removes the directories of killed runs, because files of werf in
// there may contain secrets. Errors do not matter to this run.
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
			links, _ := filepath.Glob(filepath.Join(outside(dir), "*")) // the pattern is fine
			for _, link := range links {
				if target, err := os.Readlink(link); err == nil {
					_ = os.RemoveAll(target)
				}
			}
			_ = os.RemoveAll(dir)
			_ = lock.Unlock()
		}
	}
}
