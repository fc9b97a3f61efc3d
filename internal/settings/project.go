package settings

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship/modship/internal/exit"
)

// EnvConfig names another file than werf.yaml, as for werf.
const EnvConfig = "WERF_CONFIG"

// ProjectDir returns the project directory, without reading any of its files.
func ProjectDir(in Input) (string, error) {
	dir, _, err := resolveProject(in)
	return dir.Value, err
}

// resolveProject finds the project directory: the given one, or the nearest one
// upwards from the current directory that holds the configuration, which is
// werf.yaml or the given file. config is the absolute path of the given file.
func resolveProject(in Input) (dir Value, config string, err error) {
	start, err := os.Getwd()
	if err != nil {
		return Value{}, "", err
	}
	file := first(Value{in.Config, "--config"}, fromEnv(EnvConfig))
	if file.Value == os.Getenv(EnvConfig) {
		file.From = EnvConfig // werf's flag has it as its default
	}
	if v := first(Value{in.Dir, "--dir"}, fromEnv(EnvDir)); v.Value != "" {
		if v.Value, err = filepath.Abs(v.Value); err != nil {
			return Value{}, "", err
		}
		if !isDir(v.Value) {
			return Value{}, "", exit.With(exit.Usage, fmt.Errorf("%s from %s is not a directory", cmp.Or(in.Dir, os.Getenv(EnvDir)), v.From), "")
		}
		if file.Value == "" {
			return v, "", nil
		}
		config, err = findConfig(file, start, v.Value)
		return v, config, err
	}
	if file.Value == "" {
		dir, err = lookUp(start)
		return dir, "", err
	}
	if config, err = findConfig(file, above(start)...); err != nil {
		return Value{}, "", err
	}
	return projectOf(config, start), config, nil
}

// lookUp finds the nearest directory with a werf.yaml.
func lookUp(start string) (Value, error) {
	for _, dir := range above(start) {
		if isFile(filepath.Join(dir, "werf.yaml")) || isFile(filepath.Join(dir, "werf.yml")) {
			return found(dir, start, "werf.yaml"), nil
		}
	}
	for _, dir := range above(start) {
		if isFile(filepath.Join(dir, "package.yaml")) {
			return Value{}, exit.With(exit.Usage, fmt.Errorf("%s is a package (package.yaml) and has no werf.yaml", dir),
				"modship builds and publishes modules, which werf.yaml describes; packages are built with `d8 package build`.")
		}
	}
	return Value{}, exit.With(exit.Usage, fmt.Errorf("no werf.yaml in %s or above it", start),
		"Run modship in a module repository, or give its directory with --dir.")
}

// above returns the directory and its parents, the nearest first.
func above(dir string) []string {
	list := []string{dir}
	for dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		list = append(list, dir)
	}
	return list
}

// findConfig returns the path of a given file in the first directory that has it.
// werf searches only the current one.
func findConfig(file Value, dirs ...string) (string, error) {
	for _, dir := range dirs {
		path := filepath.Join(dir, file.Value)
		if filepath.IsAbs(file.Value) {
			path = filepath.Clean(file.Value)
		}
		if isFile(path) {
			return path, nil
		}
	}
	where := "" // an absolute path says it
	switch {
	case filepath.IsAbs(file.Value):
	case len(dirs) == 1:
		where = ", in " + dirs[0]
	default:
		where = ", in " + dirs[0] + " or above it"
	}
	return "", exit.With(exit.Usage, fmt.Errorf("%s from %s does not exist%s", file.Value, file.From, where),
		"Give the path from the project directory, or an absolute one.")
}

// projectOf returns the project directory for a given configuration: the nearest one
// upwards from the current directory that contains the file.
func projectOf(config, start string) Value {
	for _, dir := range above(start) {
		if below, err := filepath.Rel(dir, config); err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator)) && dir != filepath.Dir(dir) {
			return found(dir, start, filepath.Base(config))
		}
	}
	return Value{filepath.Dir(config), "directory of " + filepath.Base(config)}
}

func found(dir, start, file string) Value {
	if dir == start {
		return Value{dir, "current directory"}
	}
	return Value{dir, "nearest " + file + " upwards"}
}
