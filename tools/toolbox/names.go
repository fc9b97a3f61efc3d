package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
)

var errOperand = errors.New("missing operand")

// parse reads an applet's options, short ones also clustered, and returns the
// operands.
func (c *call) parse(define func(*pflag.FlagSet)) ([]string, error) {
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.Usage = func() {}
	if define != nil {
		define(flags)
	}
	if err := flags.Parse(c.args); err != nil {
		return nil, err
	}
	return flags.Args(), nil
}

func basename(c *call) error {
	if len(c.args) == 0 {
		return errOperand
	}
	base := filepath.Base(c.args[0])
	if len(c.args) > 1 && base != c.args[1] {
		base = strings.TrimSuffix(base, c.args[1])
	}
	fmt.Fprintln(c.stdout, base)
	return nil
}

func dirname(c *call) error {
	if len(c.args) == 0 {
		return errOperand
	}
	for _, path := range c.args {
		fmt.Fprintln(c.stdout, filepath.Dir(strings.TrimRight(path, "/")))
	}
	return nil
}

func readlink(c *call) error {
	var follow bool
	paths, err := c.parse(func(f *pflag.FlagSet) { f.BoolVarP(&follow, "canonicalize", "f", false, "") })
	if err != nil {
		return err
	}
	if follow {
		return canonical(c, paths)
	}
	for _, path := range paths {
		target, err := os.Readlink(path)
		if err != nil {
			return status(1)
		}
		fmt.Fprintln(c.stdout, target)
	}
	return nil
}

func realpath(c *call) error { return canonical(c, c.args) }

func canonical(c *call, paths []string) error {
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		if resolved, err := filepath.EvalSymlinks(absolute); err == nil {
			absolute = resolved
		}
		fmt.Fprintln(c.stdout, absolute)
	}
	return nil
}
