package isolate

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// provideMountPoint makes the directory dir exist in this mount namespace where an
// ordinary user may not create it: its parent is covered by an empty file
// system, in which everything that the parent held is shown again beside dir.
func provideMountPoint(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	covered, err := os.Open(parent)
	if err != nil {
		return fmt.Errorf("create mount point %s: %w", dir, err)
	}
	defer covered.Close()
	entries, err := covered.ReadDir(-1)
	if err != nil {
		return fmt.Errorf("create mount point %s: %w", dir, err)
	}
	if err := unix.Mount("tmpfs", parent, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("cover %s to create %s: %w", parent, dir, err)
	}
	for _, e := range entries {
		if err := showAgain(covered, parent, e); err != nil {
			return fmt.Errorf("show %s again: %w", filepath.Join(parent, e.Name()), err)
		}
	}
	return os.Mkdir(dir, 0o755)
}

// showAgain puts an entry of a covered directory into the file system above it.
func showAgain(covered *os.File, parent string, e os.DirEntry) error {
	from := fmt.Sprintf("/proc/self/fd/%d/%s", covered.Fd(), e.Name())
	to := filepath.Join(parent, e.Name())
	switch {
	case e.Type()&os.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case e.IsDir():
		if err := os.Mkdir(to, 0o755); err != nil {
			return err
		}
	default:
		if err := os.WriteFile(to, nil, 0o600); err != nil {
			return err
		}
	}
	return unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
}
