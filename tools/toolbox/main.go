// Command toolbox is the userland of the base image that this repository makes
// for its examples and tests: a POSIX shell, the core utilities that module
// build instructions use, jq and a small web server, in one static binary.
//
// The applet is chosen by the name the program is called by (argv[0]), as
// busybox does; "toolbox NAME ARG..." calls an applet explicitly.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// call is one invocation of an applet.
type call struct {
	name   string
	args   []string // without the name
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// applet does the work of one command. A status error ends the program with
// that exit code and prints nothing; any other error is printed and means 1.
type applet func(*call) error

// status is an exit code without a message, as grep and test use it.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func main() { os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr)) }

func run(argv []string, in io.Reader, out, errw io.Writer) int {
	name := filepath.Base(argv[0])
	if _, known := applets()[name]; !known && len(argv) > 1 {
		argv = argv[1:]
		name = argv[0]
	}
	do, known := applets()[name]
	if !known {
		fmt.Fprintf(errw, "toolbox: no applet %q\n", name)
		return 127
	}
	err := do(&call{name: name, args: argv[1:], stdin: in, stdout: out, stderr: errw})
	var code status
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(errw, "%s: %v\n", name, err)
	return 1
}
