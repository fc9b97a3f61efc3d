package pipeline

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"

	"github.com/modship/modship/internal/werfsrc"
)

// environment remembers what the templates read at the last build on this
// machine, so that explain can name a variable that has changed since. Values
// are kept as salted hashes: they may be secrets.
type environment struct {
	Salt   string            `json:"salt"`
	Hashes map[string]string `json:"hashes"` // by variable; "" for one that is not set
}

// readEnvironment takes what the templates of the project directory read now.
func readEnvironment(dir, env, salt string) environment {
	e := environment{Salt: salt, Hashes: map[string]string{"--env": hash(salt, env)}}
	project := werfsrc.Project{FS: os.DirFS(dir)}
	for _, name := range project.Variables() {
		if value, set := os.LookupEnv(name); set {
			e.Hashes[name] = hash(salt, value)
		} else {
			e.Hashes[name] = ""
		}
	}
	return e
}

func hash(salt, value string) string {
	sum := sha256.Sum256([]byte(salt + "\x00" + value))
	return hex.EncodeToString(sum[:8])
}

// rememberVariables keeps what this build has read.
func (s *source) rememberVariables() error {
	e := readEnvironment(s.opts.Settings.Dir.Value, s.opts.Flags.Data().Environment, rand.Text())
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	file := s.opts.Dirs.Environment(s.repository.Name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("remember the environment: %w", err)
	}
	if err := renameio.WriteFile(file, data, 0o600); err != nil {
		return fmt.Errorf("remember the environment: %w", err)
	}
	return nil
}

// changedVariables names the variables whose values differ from those of the
// last build on this machine; none if there was no build.
func (s *source) changedVariables() []string {
	data, err := os.ReadFile(s.opts.Dirs.Environment(s.repository.Name))
	if err != nil {
		return nil
	}
	var before environment
	if json.Unmarshal(data, &before) != nil {
		return nil // of another version of the program
	}
	now := readEnvironment(s.opts.Settings.Dir.Value, s.opts.Flags.Data().Environment, before.Salt)
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(now.Hashes)) {
		if old, known := before.Hashes[name]; known && old != now.Hashes[name] {
			changed = append(changed, name)
		}
	}
	return changed
}
