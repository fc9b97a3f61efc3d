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

// BackendChoice is the container backend that builds.
type BackendChoice struct {
	Name   string // Buildah or Docker
	Reason string // why it is this one

	mode string // the WERF_BUILDAH_MODE that lets werf use it
}

// dockerTimeout is how long a Docker daemon may take to answer a ping.
const dockerTimeout = 2 * time.Second

// ChooseBackend decides between Docker and the embedded Buildah. A
// WERF_BUILDAH_MODE that is set is followed as it is.
func ChooseBackend(ctx context.Context) (BackendChoice, error) {
	if mode := os.Getenv(envMode); mode != "" {
		return followMode(mode), nil
	}
	host, err := pingDocker(ctx)
	if err == nil {
		return BackendChoice{Name: Docker, Reason: "a Docker daemon answers at " + host, mode: "docker"}, nil
	}
	if runtime.GOOS != "linux" {
		return BackendChoice{}, fmt.Errorf("no Docker daemon answers (%w), and the embedded Buildah works on Linux only: start Docker", err)
	}
	return BackendChoice{Name: Buildah, Reason: "no Docker daemon answers", mode: "native-chroot"}, nil
}

// Use records the choice in the environment, where werf reads it, and with it
// the reason: the same program, started again in its namespaces, finds the
// choice made.
func (c BackendChoice) Use() error {
	return errors.Join(os.Setenv(envMode, c.mode), os.Setenv(envReason, c.Reason))
}

const (
	envMode   = "WERF_BUILDAH_MODE"
	envReason = "_MODSHIP_BACKEND_REASON"
)

func followMode(mode string) BackendChoice {
	choice := BackendChoice{Name: Buildah, Reason: envMode + "=" + mode, mode: mode}
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

// IsLoopback reports whether host (with or without a port) is this machine.
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

// UsesBuildah reports whether this process builds with Buildah, once
// [BackendChoice.Use] was called.
func UsesBuildah() bool {
	mode := os.Getenv(envMode)
	return mode != "" && mode != Docker
}
