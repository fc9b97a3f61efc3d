package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// finder is the expression of find: all tests must hold.
type finder struct {
	name, path, kind string
	maxDepth         int
	remove           bool
	exec             []string
}

// find knows -name, -path, -type f|d|l, -maxdepth, -delete, -print and
// -exec CMD {} \;.
func find(c *call) error {
	roots, expression := splitRoots(c.args)
	f, err := parseFind(expression)
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return f.visit(c, root, path, entry)
		}); err != nil {
			return err
		}
	}
	return nil
}

func splitRoots(args []string) (roots, expression []string) {
	at := 0
	for at < len(args) && !strings.HasPrefix(args[at], "-") {
		at++
	}
	if at == 0 {
		return []string{"."}, args
	}
	return args[:at], args[at:]
}

func parseFind(args []string) (*finder, error) {
	f := &finder{maxDepth: -1}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		switch word {
		case "-print":
			continue
		case "-delete":
			f.remove = true
			continue
		}
		if len(args) == 0 {
			return nil, fmt.Errorf("%s needs a value, or is not known", word)
		}
		value := args[0]
		args = args[1:]
		switch word {
		case "-name":
			f.name = value
		case "-path":
			f.path = value
		case "-type":
			f.kind = value
		case "-maxdepth":
			if _, err := fmt.Sscan(value, &f.maxDepth); err != nil {
				return nil, fmt.Errorf("-maxdepth %s: %w", value, err)
			}
		case "-exec":
			end := slices.Index(args, ";")
			if end < 0 {
				return nil, errors.New(`-exec must end with \;`)
			}
			f.exec, args = append([]string{value}, args[:end]...), args[end+1:]
		default:
			return nil, fmt.Errorf("%s is not known", word)
		}
	}
	return f, nil
}

func (f *finder) visit(c *call, root, path string, entry fs.DirEntry) error {
	depth := 0
	if relative, err := filepath.Rel(root, path); err == nil && relative != "." {
		depth = strings.Count(relative, "/") + 1
	}
	if f.maxDepth >= 0 && depth > f.maxDepth {
		return fs.SkipDir
	}
	if !f.matches(path, entry) {
		return nil
	}
	switch {
	case f.remove:
		return os.RemoveAll(path)
	case f.exec != nil:
		return f.run(c, path)
	}
	fmt.Fprintln(c.stdout, path)
	return nil
}

func (f *finder) matches(path string, entry fs.DirEntry) bool {
	if f.name != "" {
		if matched, err := filepath.Match(f.name, entry.Name()); err != nil || !matched {
			return false
		}
	}
	if f.path != "" {
		if matched, err := filepath.Match(f.path, path); err != nil || !matched {
			return false
		}
	}
	switch f.kind {
	case "f":
		return entry.Type().IsRegular()
	case "d":
		return entry.IsDir()
	case "l":
		return entry.Type()&fs.ModeSymlink != 0
	}
	return true
}

func (f *finder) run(c *call, path string) error {
	args := make([]string, len(f.exec))
	for i, word := range f.exec {
		args[i] = strings.ReplaceAll(word, "{}", path)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = c.stdout, c.stderr
	return cmd.Run()
}
