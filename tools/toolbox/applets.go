package main

import (
	"context"

	"github.com/u-root/u-root/pkg/core"
	"github.com/u-root/u-root/pkg/core/base64"
	"github.com/u-root/u-root/pkg/core/cat"
	"github.com/u-root/u-root/pkg/core/chmod"
	"github.com/u-root/u-root/pkg/core/gzip"
	"github.com/u-root/u-root/pkg/core/ls"
	"github.com/u-root/u-root/pkg/core/mkdir"
	"github.com/u-root/u-root/pkg/core/mktemp"
	"github.com/u-root/u-root/pkg/core/rm"
	"github.com/u-root/u-root/pkg/core/shasum"
	"github.com/u-root/u-root/pkg/core/touch"
	"github.com/u-root/u-root/pkg/core/xargs"
)

// applets lists every command of the image. The same names stand in
// applets.txt, from which the image's /bin links are made; a test keeps the two
// equal. (A function, not a variable: sh calls other applets by name.)
func applets() map[string]applet {
	return map[string]applet{
		"sh": shell, "echo": builtin, "printf": builtin, "test": builtin, "[": builtin,
		"true": builtin, "false": builtin, "pwd": builtin,

		"jq": jq,

		"base64": uroot(base64.New), "cat": uroot(cat.New), "chmod": uroot(chmod.New), "ls": uroot(ls.New),
		"mkdir": uroot(mkdir.New), "mktemp": uroot(mktemp.New), "rm": uroot(rm.New), "touch": uroot(touch.New),
		"shasum": uroot(shasum.New), "xargs": uroot(xargs.New),
		"gzip":   uroot(func() core.Command { return gzip.New("gzip") }),
		"gunzip": uroot(func() core.Command { return gzip.New("gunzip") }),

		"cp": cp, "mv": mv, "ln": ln, "find": find, "tar": tarApplet,
		"basename": basename, "dirname": dirname, "readlink": readlink, "realpath": realpath,

		"cut": cut, "grep": grep, "head": head, "sed": sed, "sort": sortApplet, "tail": tail, "tee": tee,
		"tr": tr, "uniq": uniq, "wc": wc,

		"date": date, "env": env, "hostname": hostname, "id": id, "printenv": printenv, "seq": seq,
		"sleep": sleep, "uname": uname, "which": which,

		"httpd": httpd, "wget": wget,
	}
}

// uroot adapts a command of u-root to an applet.
func uroot(newCommand func() core.Command) applet {
	return func(c *call) error {
		cmd := newCommand()
		cmd.SetIO(c.stdin, c.stdout, c.stderr)
		return cmd.RunContext(context.Background(), c.args...)
	}
}

func exitCode(code int) error {
	if code == 0 {
		return nil
	}
	return status(code)
}
