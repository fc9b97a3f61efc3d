// Command push makes the base image of the examples and prints its reference:
//
//	go run ./internal/baseimage/push --registry 127.0.0.1:5555
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/modship/modship/internal/baseimage"
)

func main() {
	registry := flag.String("registry", "127.0.0.1:5555", "registry to push to, host:port")
	arch := flag.String("arch", "", "architecture of the image as GOARCH names it (default this machine's)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ref, err := baseimage.Push(ctx, *registry, baseimage.PushOptions{
		CompileOptions: baseimage.CompileOptions{Arch: *arch},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "push:", err)
		os.Exit(1)
	}
	fmt.Println(ref)
}
