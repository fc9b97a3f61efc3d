package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/pflag"
)

// copyOptions are the options of cp; -d, -f and -P change nothing here, because
// a recursive copy always keeps links and an existing file is always replaced.
type copyOptions struct{ recursive, preserve bool }

func cp(c *call) error {
	var opts copyOptions
	var archive bool
	paths, err := c.parse(func(f *pflag.FlagSet) {
		f.BoolVarP(&opts.recursive, "recursive", "r", false, "")
		f.BoolVarP(&opts.recursive, "Recursive", "R", false, "")
		f.BoolVarP(&opts.preserve, "preserve", "p", false, "")
		f.BoolVarP(&archive, "archive", "a", false, "")
		f.BoolP("force", "f", false, "")
		f.BoolP("no-dereference", "P", false, "")
	})
	if err != nil {
		return err
	}
	if archive {
		opts = copyOptions{recursive: true, preserve: true}
	}
	return each(paths, func(from, to string) error { return copyPath(from, to, opts) })
}

func mv(c *call) error {
	paths, err := c.parse(func(f *pflag.FlagSet) { f.BoolP("force", "f", false, "") })
	if err != nil {
		return err
	}
	return each(paths, func(from, to string) error {
		err := os.Rename(from, to)
		if !errors.Is(err, syscall.EXDEV) {
			return err
		}
		if err := copyPath(from, to, copyOptions{recursive: true, preserve: true}); err != nil {
			return err
		}
		return os.RemoveAll(from)
	})
}

func ln(c *call) error {
	var symbolic, force bool
	paths, err := c.parse(func(f *pflag.FlagSet) {
		f.BoolVarP(&symbolic, "symbolic", "s", false, "")
		f.BoolVarP(&force, "force", "f", false, "")
		f.BoolP("no-dereference", "n", false, "")
	})
	if err != nil {
		return err
	}
	link := os.Link
	if symbolic {
		link = os.Symlink
	}
	return each(paths, func(from, to string) error {
		if force {
			if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return link(from, to)
	})
}

// each calls do for every source with its target: the last path itself, or the
// name inside it when it is a directory.
func each(paths []string, do func(from, to string) error) error {
	if len(paths) < 2 {
		return errOperand
	}
	sources, target := paths[:len(paths)-1], paths[len(paths)-1]
	info, err := os.Stat(target)
	intoDir := err == nil && info.IsDir()
	if len(sources) > 1 && !intoDir {
		return fmt.Errorf("%s is not a directory", target)
	}
	for _, from := range sources {
		to := target
		if intoDir {
			to = filepath.Join(target, filepath.Base(from))
		}
		if err := do(from, to); err != nil {
			return err
		}
	}
	return nil
}

func copyPath(from, to string, opts copyOptions) error {
	stat := os.Stat
	if opts.recursive {
		stat = os.Lstat
	}
	info, err := stat(from)
	switch {
	case err != nil:
		return err
	case info.IsDir() && !opts.recursive:
		return fmt.Errorf("%s is a directory (use -r)", from)
	case info.IsDir():
		err = copyDir(from, to, info, opts)
	case info.Mode()&fs.ModeSymlink != 0:
		return copyLink(from, to)
	default:
		err = copyFile(from, to, info)
	}
	if err == nil && opts.preserve {
		err = os.Chtimes(to, info.ModTime(), info.ModTime())
	}
	return err
}

func copyDir(from, to string, info fs.FileInfo, opts copyOptions) error {
	if err := os.MkdirAll(to, info.Mode().Perm()|0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := copyPath(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()), opts); err != nil {
			return err
		}
	}
	return os.Chmod(to, info.Mode().Perm())
}

func copyLink(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, to)
}

func copyFile(from, to string, info fs.FileInfo) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
