package logins

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// The variables that hold a login, each with the registry that it is for.
const (
	EnvRegistry = "MODULES_REGISTRY" // without it the login is for the module source
	EnvLogin    = "MODULES_REGISTRY_LOGIN"
	EnvPassword = "MODULES_REGISTRY_PASSWORD"
)

// Template is the origin of the login that the existing CI templates give.
const Template = EnvLogin + " and " + EnvPassword

// ReadOptions are the options of [Read].
type ReadOptions struct {
	// Registry is the registry of the module source.
	Registry string
	// DockerConfig is a directory with Docker's configuration that was asked
	// for, instead of DOCKER_CONFIG; may be empty.
	DockerConfig string
}

// Read collects the logins of the environment and of the user's files. Of
// several for one registry or path, the first in this order counts:
//
//   - MODULES_REGISTRY_LOGIN and _PASSWORD, at MODULES_REGISTRY or the module
//     source; DEV_MODULES_REGISTRY_LOGIN and _PASSWORD, at DEV_MODULES_REGISTRY
//   - DOCKER_AUTH_CONFIG, a directory that is asked for (WERF_DOCKER_CONFIG,
//     DOCKER_CONFIG), REGISTRY_AUTH_FILE
//   - Podman's auth.json, ~/.docker/config.json
//   - what a CI system gives its jobs: CI_REGISTRY_USER and CI_REGISTRY_PASSWORD
//     at CI_REGISTRY, GITHUB_ACTOR and GITHUB_TOKEN at ghcr.io
//
// A credential helper that this machine does not have is left out, with a note.
func Read(opts ReadOptions) (*Set, error) {
	s := &Set{run: runHelper}
	s.addVariables(explicit, EnvLogin, EnvPassword, firstOf(os.Getenv(EnvRegistry), opts.Registry))
	s.addVariables(explicit, "DEV_MODULES_REGISTRY_LOGIN", "DEV_MODULES_REGISTRY_PASSWORD", os.Getenv("DEV_MODULES_REGISTRY"))
	for _, source := range sources(opts) {
		if err := s.addSource(source); err != nil {
			return nil, err
		}
	}
	s.addVariables(implied, "CI_REGISTRY_USER", "CI_REGISTRY_PASSWORD", os.Getenv("CI_REGISTRY"))
	s.addVariables(implied, "GITHUB_ACTOR", "GITHUB_TOKEN", "ghcr.io")
	return s, nil
}

// addVariables takes the login of two variables, if both are set.
func (s *Set) addVariables(r rank, user, password, registry string) {
	login := Login{Username: os.Getenv(user), Password: os.Getenv(password), Origin: user + " and " + password}
	if login.Username == "" || login.Password == "" || registry == "" {
		return
	}
	s.entries = append(s.entries, entry{key: normalise(registry), login: login, origin: login.Origin, rank: r})
}

// source is a configuration with logins.
type source struct {
	file   string // path, or empty for text
	text   string // content of a variable
	origin string
	rank   rank
	podman bool   // Buildah reads it before Docker's, whatever else is given
	docker string // directory of Docker's own configuration, if it is that
}

// sources are the configurations that there may be, in the order of [Read].
func sources(opts ReadOptions) []source {
	var list []source
	if text := os.Getenv("DOCKER_AUTH_CONFIG"); text != "" {
		list = append(list, source{text: text, origin: "DOCKER_AUTH_CONFIG", rank: configured})
	}
	asked := firstOf(opts.DockerConfig, os.Getenv("WERF_DOCKER_CONFIG"), os.Getenv("DOCKER_CONFIG"))
	if asked != "" {
		list = append(list, source{file: filepath.Join(asked, "config.json"), rank: configured, docker: asked})
	}
	if file := os.Getenv("REGISTRY_AUTH_FILE"); file != "" {
		list = append(list, source{file: file, rank: configured})
	}
	for _, file := range podmanFiles() {
		list = append(list, source{file: file, rank: stored, podman: true})
	}
	if home, err := os.UserHomeDir(); err == nil && asked == "" {
		dir := filepath.Join(home, ".docker")
		list = append(list, source{file: filepath.Join(dir, "config.json"), rank: stored, docker: dir})
	}
	return list
}

// podmanFiles are the places of Podman's logins, see containers-auth.json(5).
func podmanFiles() []string {
	var files []string
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		files = append(files, filepath.Join(dir, "containers", "auth.json"))
	} else {
		files = append(files, filepath.Join("/run/containers", strconv.Itoa(os.Getuid()), "auth.json"))
	}
	config := os.Getenv("XDG_CONFIG_HOME")
	if home, err := os.UserHomeDir(); config == "" && err == nil {
		config = filepath.Join(home, ".config")
	}
	if config != "" {
		files = append(files, filepath.Join(config, "containers", "auth.json"))
	}
	return files
}

func (s *Set) addSource(from source) error {
	s.dockerDir = firstOf(s.dockerDir, from.docker)
	if from.file != "" {
		data, err := os.ReadFile(from.file)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil
		case err != nil:
			return &FileError{File: from.file, Err: err}
		}
		from.text, from.origin = string(data), from.file
	}
	entries, err := parse(from)
	if err != nil {
		return err
	}
	if from.docker != "" {
		s.others = otherFields(from.text)
	}
	for _, e := range entries {
		if _, err := exec.LookPath(helperPrefix + e.helper); e.helper != "" && err != nil {
			s.missing(e)
			continue
		}
		s.entries = append(s.entries, e)
		if from.podman {
			s.podman = append(s.podman, e)
		}
	}
	return nil
}

// missing notes a credential helper that this machine does not have.
func (s *Set) missing(e entry) {
	s.note(e.origin + " names the credential helper " + helperPrefix + e.helper + ", which this machine does not have: its logins are not used")
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
