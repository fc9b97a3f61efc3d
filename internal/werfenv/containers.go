package werfenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// configureContainers writes settings of Buildah that depend on the machine,
// unless the user has an override of the configuration already.
func configureContainers(runDir string, variables *variables) error {
	const variable = "CONTAINERS_CONF_OVERRIDE"
	if os.Getenv(variable) != "" {
		return nil
	}
	var text strings.Builder
	// Without netavark the other backend has to be chosen: with the build tag cni
	// the choice is enough, no plugin is ever called.
	if _, err := exec.LookPath("netavark"); err != nil {
		text.WriteString("[network]\nnetwork_backend = \"cni\"\n")
	}
	if limit, fixed := fixedProcessLimit(); fixed {
		fmt.Fprintf(&text, "[containers]\ndefault_ulimits = [\"nproc=%d:%d\"]\n", limit, limit)
	}
	if text.Len() == 0 {
		return nil
	}
	file := filepath.Join(runDir, "containers.conf")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write Buildah settings: %w", err)
	}
	return variables.set(variable, file)
}

// allowPlainHTTP adds the hosts to the user's registries.conf as registries
// that need no TLS. werf reads the first of the usual files and the drop-ins
// beside it, so the addition is a drop-in beside a copy of the user's.
func allowPlainHTTP(runDir string, hosts []string, variables *variables) error {
	if len(hosts) == 0 {
		return nil
	}
	own := filepath.Join(runDir, "registries.conf")
	dropIns := own + ".d"
	if err := os.MkdirAll(dropIns, 0o700); err != nil {
		return fmt.Errorf("write registry settings: %w", err)
	}
	if err := copyRegistriesConf(own, dropIns); err != nil {
		return fmt.Errorf("copy registry settings: %w", err)
	}
	var text strings.Builder
	for _, host := range hosts {
		fmt.Fprintf(&text, "[[registry]]\nlocation = %q\ninsecure = true\n\n", host)
	}
	if err := os.WriteFile(filepath.Join(dropIns, "zz-modship.conf"), []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write registry settings: %w", err)
	}
	return variables.set("CONTAINERS_REGISTRIES_CONF", own)
}

func copyRegistriesConf(own, ownDropIns string) error {
	for _, file := range userRegistriesConfs() {
		data, err := os.ReadFile(file)
		if err == nil {
			if err := os.WriteFile(own, data, 0o600); err != nil {
				return err
			}
		}
		entries, dirErr := os.ReadDir(file + ".d")
		for _, e := range entries {
			if e.IsDir() || filepath.Ext(e.Name()) != ".conf" {
				continue
			}
			data, err := os.ReadFile(filepath.Join(file+".d", e.Name()))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(ownDropIns, e.Name()), data, 0o600); err != nil {
				return err
			}
		}
		if err == nil || dirErr == nil {
			return nil
		}
	}
	return nil
}

// userRegistriesConfs are the places werf looks at, in its order.
func userRegistriesConfs() []string {
	var files []string
	if f := os.Getenv("CONTAINERS_REGISTRIES_CONF"); f != "" {
		files = append(files, f)
	}
	if home, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(home, ".config/containers/registries.conf"))
	}
	return append(files, "/etc/containers/registries.conf")
}
