package settings

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

// Dirs are the program's own folders.
type Dirs struct {
	Data  string // embedded registry and container storage: kept between runs
	State string // logs, learned durations, last report
}

// UserDirs returns the folders below the user's data and state directories
// (XDG base directory specification), or below MODSHIP_HOME if that is set.
func UserDirs() Dirs {
	if home := os.Getenv("MODSHIP_HOME"); home != "" {
		return Dirs{Data: filepath.Join(home, "data"), State: filepath.Join(home, "state")}
	}
	xdg.Reload() // tests and callers change HOME after this package was initialised
	return Dirs{Data: filepath.Join(xdg.DataHome, "modship"), State: filepath.Join(xdg.StateHome, "modship")}
}

// Registry is the data of the embedded registry.
func (d Dirs) Registry() string { return filepath.Join(d.Data, "registry") }

// Containers is the container storage of the embedded Buildah.
func (d Dirs) Containers() string { return filepath.Join(d.Data, "containers") }

// Logs holds one folder a module with the build log of each image.
func (d Dirs) Logs(module string) string { return filepath.Join(d.State, "logs", module) }

// NewRunDir makes a folder for the temporary files of one run. It is below
// WERF_TMP_DIR if that is set, because users point that at a large disk.
func (d Dirs) NewRunDir() (string, error) {
	base := os.Getenv("WERF_TMP_DIR")
	if base == "" {
		base = filepath.Join(d.State, "run")
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", fmt.Errorf("create folder for temporary files: %w", err)
	}
	dir, err := os.MkdirTemp(base, "modship-")
	if err != nil {
		return "", fmt.Errorf("create folder for temporary files: %w", err)
	}
	return dir, nil
}
