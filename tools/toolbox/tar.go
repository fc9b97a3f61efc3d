package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
)

// tarApplet is tar: -c, -x or -t, with -f FILE|-, -C DIR and -z.
func tarApplet(c *call) error {
	var create, extract, list, zip bool
	var file, dir string
	paths, err := c.parse(func(f *pflag.FlagSet) {
		f.BoolVarP(&create, "create", "c", false, "")
		f.BoolVarP(&extract, "extract", "x", false, "")
		f.BoolVarP(&list, "list", "t", false, "")
		f.BoolVarP(&zip, "gzip", "z", false, "")
		f.StringVarP(&file, "file", "f", "-", "")
		f.StringVarP(&dir, "directory", "C", ".", "")
	})
	if err != nil {
		return err
	}
	if create {
		return withOutput(c, file, zip, func(w io.Writer) error { return packPaths(w, dir, paths) })
	}
	if !extract && !list {
		return fmt.Errorf("one of -c, -x, -t is needed")
	}
	return withInput(c, file, func(r io.Reader) error { return unpack(c, r, dir, list) })
}

func withOutput(c *call, file string, zip bool, write func(io.Writer) error) error {
	out := c.stdout
	if file != "-" {
		created, err := os.Create(file)
		if err != nil {
			return err
		}
		defer created.Close()
		out = created
	}
	if !zip {
		return write(out)
	}
	compressed := gzip.NewWriter(out)
	if err := write(compressed); err != nil {
		return err
	}
	return compressed.Close()
}

// withInput opens the archive; gzip is recognised by its first two bytes.
func withInput(c *call, file string, read func(io.Reader) error) error {
	in := c.stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return err
		}
		defer opened.Close()
		in = opened
	}
	magic, whole, err := peek(in, 2)
	if err != nil {
		return err
	}
	if magic == "\x1f\x8b" {
		if whole, err = gzip.NewReader(whole); err != nil {
			return err
		}
	}
	return read(whole)
}

func packPaths(w io.Writer, dir string, paths []string) error {
	archive := tar.NewWriter(w)
	for _, path := range paths {
		root := filepath.Join(dir, path)
		if err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return packEntry(archive, dir, at, entry)
		}); err != nil {
			return err
		}
	}
	return archive.Close()
}

func packEntry(archive *tar.Writer, dir, at string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	var target string
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(at); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	if header.Name, err = filepath.Rel(dir, at); err != nil {
		return err
	}
	if info.IsDir() {
		header.Name += "/"
	}
	if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	in, err := os.Open(at)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(archive, in)
	return err
}

func unpack(c *call, r io.Reader, dir string, list bool) error {
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case list:
			fmt.Fprintln(c.stdout, header.Name)
		case !filepath.IsLocal(header.Name) && filepath.Clean(header.Name) != ".":
			return fmt.Errorf("%s leads out of %s", header.Name, dir)
		default:
			if err := unpackEntry(archive, header, filepath.Join(dir, header.Name)); err != nil {
				return err
			}
		}
	}
}

func unpackEntry(r io.Reader, header *tar.Header, to string) error {
	switch header.Typeflag {
	case tar.TypeDir:
		return os.MkdirAll(to, fs.FileMode(header.Mode).Perm())
	case tar.TypeSymlink:
		return os.Symlink(header.Linkname, to)
	case tar.TypeReg:
	default:
		return fmt.Errorf("%s: entry type %q is not supported", header.Name, header.Typeflag)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fs.FileMode(header.Mode).Perm())
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, r); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
