package main

import (
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"

	"github.com/spf13/pflag"
)

type grepOptions struct {
	extended, fixed, ignoreCase, invert, quiet, only, count, files, recursive, numbers bool
	perl                                                                               bool
	pattern                                                                            string
}

// grep ends with 0 when a line was selected, with 1 when none was.
func grep(c *call) error {
	var o grepOptions
	args, err := c.parse(o.define)
	if err != nil {
		return err
	}
	if o.pattern == "" {
		if len(args) == 0 {
			return errOperand
		}
		o.pattern, args = args[0], args[1:]
	}
	if o.fixed {
		o.pattern, o.extended = regexp.QuoteMeta(o.pattern), true
	}
	re, err := compile(o.pattern, o.extended || o.perl, o.ignoreCase)
	if err != nil {
		return err
	}
	if o.recursive {
		if args, err = filesUnder(args); err != nil {
			return err
		}
	}
	found := false
	err = c.inputs(args, func(name string, r io.Reader) error {
		selected, err := o.search(c, re, name, r, len(args) > 1)
		found = found || selected
		return err
	})
	if err == nil && !found {
		return status(1)
	}
	return err
}

func (o *grepOptions) define(f *pflag.FlagSet) {
	f.BoolVarP(&o.extended, "extended-regexp", "E", false, "")
	f.BoolVarP(&o.perl, "perl-regexp", "P", false, "")
	f.BoolVarP(&o.fixed, "fixed-strings", "F", false, "")
	f.BoolVarP(&o.ignoreCase, "ignore-case", "i", false, "")
	f.BoolVarP(&o.invert, "invert-match", "v", false, "")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "")
	f.BoolVarP(&o.only, "only-matching", "o", false, "")
	f.BoolVarP(&o.count, "count", "c", false, "")
	f.BoolVarP(&o.files, "files-with-matches", "l", false, "")
	f.BoolVarP(&o.recursive, "recursive", "r", false, "")
	f.BoolVarP(&o.numbers, "line-number", "n", false, "")
	f.StringVarP(&o.pattern, "regexp", "e", "", "")
}

func (o *grepOptions) search(c *call, re *regexp.Regexp, name string, r io.Reader, withName bool) (bool, error) {
	prefix := ""
	if withName {
		prefix = name + ":"
	}
	matched, at := 0, 0
	err := eachLine(r, func(line []byte) error {
		at++
		if re.Match(line) == o.invert {
			return nil
		}
		matched++
		if o.quiet || o.files {
			return errStop
		}
		if o.count {
			return nil
		}
		return o.show(c, re, prefix, at, line)
	})
	if o.count && err == nil {
		_, err = fmt.Fprintf(c.stdout, "%s%d\n", prefix, matched)
	}
	if o.files && matched > 0 && err == nil {
		_, err = fmt.Fprintln(c.stdout, name)
	}
	return matched > 0, err
}

func (o *grepOptions) show(c *call, re *regexp.Regexp, prefix string, at int, line []byte) error {
	if o.numbers {
		prefix = fmt.Sprintf("%s%d:", prefix, at)
	}
	parts := [][]byte{line}
	if o.only {
		parts = re.FindAll(line, -1)
	}
	for _, part := range parts {
		if _, err := fmt.Fprintf(c.stdout, "%s%s\n", prefix, part); err != nil {
			return err
		}
	}
	return nil
}

func filesUnder(roots []string) ([]string, error) {
	if len(roots) == 0 {
		roots = []string{"."}
	}
	var files []string
	for _, root := range roots {
		if err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				files = append(files, path)
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	return files, nil
}
