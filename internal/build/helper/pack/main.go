// Command pack compiles the helper program for Linux on the architectures that
// are named, this machine's without one, and writes what package helper embeds.
// `task helper` runs it in the directory of that package.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/klauspost/compress/zstd"
)

func main() {
	architectures := os.Args[1:]
	if len(architectures) == 0 {
		architectures = []string{runtime.GOARCH}
	}
	for _, architecture := range architectures {
		if err := pack(architecture); err != nil {
			fmt.Fprintf(os.Stderr, "pack the helper program for linux/%s: %v\n", architecture, err)
			os.Exit(1)
		}
	}
}

func pack(architecture string) error {
	dir, err := os.MkdirTemp("", "modship-helper-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := dir + "/program"
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", file, "./program") //nolint:noctx // a tool
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+architecture,
		"GOFLAGS="+strings.ReplaceAll(os.Getenv("GOFLAGS"), ",modship_helper", "")) // it contains no other
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var compressed bytes.Buffer
	w, err := zstd.NewWriter(&compressed, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return err
	}
	if _, err := w.Write(program); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(program)
	if err := os.WriteFile("program_linux_"+architecture+".zst", compressed.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile("program_linux_"+architecture+".id", []byte(hex.EncodeToString(sum[:8])), 0o644)
}
