package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// killAfter is how long a running command has to end after an interrupt
// before the shell kills it.
const killAfter = 2 * time.Second

// shell is sh: "sh FILE ARG...", "sh -c SCRIPT NAME ARG..." or a script on
// stdin. -e, -f, -n, -u, -x and "-o NAME" mean what they mean to set.
func shell(c *call) error {
	flags := pflag.NewFlagSet("sh", pflag.ContinueOnError)
	flags.SetInterspersed(false)
	isCommand := flags.BoolP("command", "c", false, "run the first argument as a script")
	long := flags.StringArrayP("option", "o", nil, "set an option by name")
	short := map[string]*bool{}
	for _, letter := range []string{"e", "f", "n", "u", "x"} {
		short[letter] = flags.BoolP("set-"+letter, letter, false, "as in set -"+letter)
	}
	if err := flags.Parse(c.args); err != nil {
		return err
	}
	var options []string
	for letter, on := range short {
		if *on {
			options = append(options, "-"+letter)
		}
	}
	for _, name := range *long {
		options = append(options, "-o", name)
	}
	name, script, params, err := scriptOf(c, *isCommand, flags.Args())
	if err != nil {
		return err
	}
	return interpret(c, name, script, append(append(options, "--"), params...))
}

// scriptOf finds the script's text, its $0 and its positional parameters.
func scriptOf(c *call, isCommand bool, args []string) (name, script string, params []string, err error) {
	switch {
	case isCommand && len(args) == 0:
		return "", "", nil, fmt.Errorf("-c needs a script")
	case isCommand:
		name, script, params = "sh", args[0], args[1:]
		if len(params) > 0 {
			name, params = params[0], params[1:]
		}
		return name, script, params, nil
	case len(args) > 0:
		text, err := os.ReadFile(args[0])
		return args[0], string(text), args[1:], err
	}
	text, err := io.ReadAll(c.stdin)
	return "sh", string(text), nil, err
}

func interpret(c *call, name, script string, params []string) error {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), name)
	if err != nil {
		return err
	}
	runner, err := interp.New(
		interp.StdIO(c.stdin, c.stdout, c.stderr),
		interp.Params(params...),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
			return interp.DefaultExecHandler(killAfter)
		}),
	)
	if err != nil {
		return err
	}
	err = runner.Run(context.Background(), file)
	if status, ok := errors.AsType[interp.ExitStatus](err); ok {
		return exitCode(int(status))
	}
	return err
}

// builtin makes a command of one that the shell has built in, for env, xargs
// and Dockerfile instructions in exec form.
func builtin(c *call) error {
	return interpret(c, "sh", c.name+` "$@"`, append([]string{"--"}, c.args...))
}
