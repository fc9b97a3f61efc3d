package werfenv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/docker/docker/client"
)

// The container backends.
const (
	Buildah = "buildah"
	Docker  = "docker"
)

// BackendChoice says which container backend builds, and why.
type BackendChoice struct {
	Name   string // Buildah or Docker
	Reason string
}

// dockerTimeout is how long a Docker daemon may take to answer a ping.
const dockerTimeout = 2 * time.Second

// ChooseBackend decides between Docker and the embedded Buildah and records
// the choice in WERF_BUILDAH_MODE, where werf reads it. A WERF_BUILDAH_MODE
// that is set is followed as it is.
func ChooseBackend(ctx context.Context) (BackendChoice, error) {
	if mode := os.Getenv("WERF_BUILDAH_MODE"); mode != "" {
		return followMode(mode), nil
	}
	host, err := pingDocker(ctx)
	if err == nil {
		return BackendChoice{Name: Docker, Reason: "a Docker daemon answers at " + host}, os.Setenv("WERF_BUILDAH_MODE", "docker")
	}
	if runtime.GOOS != "linux" {
		return BackendChoice{}, fmt.Errorf("no Docker daemon answers (%w), and the embedded Buildah works on Linux only: start Docker", err)
	}
	return BackendChoice{Name: Buildah, Reason: noDocker}, errors.Join(
		os.Setenv("WERF_BUILDAH_MODE", "native-chroot"), os.Setenv(envReason, noDocker))
}

const noDocker = "no Docker daemon answers"

// envReason keeps the reason of a choice for the same program started again in
// its namespaces, which finds WERF_BUILDAH_MODE set.
const envReason = "_MODSHIP_BACKEND_REASON"

func followMode(mode string) BackendChoice {
	choice := BackendChoice{Name: Buildah, Reason: "WERF_BUILDAH_MODE=" + mode}
	if mode == "docker" {
		choice.Name = Docker
	}
	if reason := os.Getenv(envReason); reason != "" {
		choice.Reason = reason
	}
	return choice
}

func pingDocker(ctx context.Context) (host string, err error) {
	docker, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return "", err
	}
	defer docker.Close()
	ctx, cancel := context.WithTimeout(ctx, dockerTimeout)
	defer cancel()
	_, err = docker.Ping(ctx)
	return docker.DaemonHost(), err
}

// IsLoopback tells whether host (with or without a port) is this machine.
func IsLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
