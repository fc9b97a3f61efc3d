// Command newrepo makes a git repository of a module of this repository, as
// werf needs it:
//
//	go run ./internal/baseimage/newrepo [--registry HOST:PORT] examples/echo /tmp/echo
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

func main() {
	registry := flag.String("registry", modulerepo.Registry, "registry of the base image, host:port")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: newrepo [--registry HOST:PORT] MODULE FOLDER")
		os.Exit(2)
	}
	if err := modulerepo.Materialise(context.Background(), flag.Arg(1), flag.Arg(0), modulerepo.Options{Registry: *registry}); err != nil {
		fmt.Fprintln(os.Stderr, "newrepo:", err)
		os.Exit(1)
	}
}
