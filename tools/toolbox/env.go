package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// env prints the environment or runs a command in a changed one.
func env(c *call) error {
	environment := os.Environ()
	args := c.args
	for len(args) > 0 {
		name, _, isAssignment := strings.Cut(args[0], "=")
		switch {
		case args[0] == "-i":
			environment = nil
		case args[0] == "-u" && len(args) > 1:
			args = args[1:]
			environment = slices.DeleteFunc(environment, func(pair string) bool {
				return strings.HasPrefix(pair, args[0]+"=")
			})
		case isAssignment:
			environment = slices.DeleteFunc(environment, func(pair string) bool {
				return strings.HasPrefix(pair, name+"=")
			})
			environment = append(environment, args[0])
		default:
			return runIn(c, environment, args)
		}
		args = args[1:]
	}
	return c.print(environment)
}

func runIn(c *call, environment, argv []string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environment, c.stdin, c.stdout, c.stderr
	err := cmd.Run()
	if exited, ok := errors.AsType[*exec.ExitError](err); ok {
		return exitCode(exited.ExitCode())
	}
	return err
}

func printenv(c *call) error {
	if len(c.args) == 0 {
		return c.print(os.Environ())
	}
	value, set := os.LookupEnv(c.args[0])
	if !set {
		return status(1)
	}
	_, err := fmt.Fprintln(c.stdout, value)
	return err
}
