package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProject(t *testing.T) {
	repo := filepath.Join(t.TempDir(), "repo")
	for _, file := range []string{"werf.yaml", "w9.yaml", "ci/w8.yaml", "images/app/Dockerfile"} {
		path := filepath.Join(repo, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, cwd      string
		in             Input
		env            string // WERF_CONFIG
		dir, config    string // below repo
		from, errorHas string
	}{
		{name: "werf.yaml here", cwd: ".", dir: ".", from: "current directory"},
		{name: "werf.yaml above", cwd: "images/app", dir: ".", from: "nearest werf.yaml upwards"},
		{name: "flag", cwd: ".", in: Input{Config: "w9.yaml"}, dir: ".", config: "w9.yaml", from: "current directory"},
		{name: "flag, above", cwd: "images/app", in: Input{Config: "w9.yaml"}, dir: ".", config: "w9.yaml", from: "nearest w9.yaml upwards"},
		{name: "variable, above", cwd: "images", in: Input{Config: "w9.yaml"}, env: "w9.yaml", dir: ".", config: "w9.yaml", from: "nearest w9.yaml upwards"},
		{name: "variable alone", cwd: "images", env: "w9.yaml", dir: ".", config: "w9.yaml", from: "nearest w9.yaml upwards"},
		{name: "in a folder", cwd: ".", in: Input{Config: "ci/w8.yaml"}, dir: ".", config: "ci/w8.yaml", from: "current directory"},
		{name: "in a folder, above", cwd: "images", in: Input{Config: "ci/w8.yaml"}, dir: ".", config: "ci/w8.yaml", from: "nearest w8.yaml upwards"},
		{name: "upwards", cwd: "images", in: Input{Config: "../w9.yaml"}, dir: ".", config: "w9.yaml", from: "nearest w9.yaml upwards"},
		{name: "absolute", cwd: "images", in: Input{Config: filepath.Join(repo, "w9.yaml")}, dir: ".", config: "w9.yaml", from: "nearest w9.yaml upwards"},
		{name: "with a directory", cwd: "..", in: Input{Dir: "repo", Config: "w9.yaml"}, dir: ".", config: "w9.yaml", from: "--dir"},
		{name: "as werf, with a directory", cwd: "..", in: Input{Dir: "repo", Config: "repo/w9.yaml"}, dir: ".", config: "w9.yaml", from: "--dir"},
		{name: "missing", cwd: "images", in: Input{Config: "w7.yaml"}, errorHas: "w7.yaml from --config does not exist, in "},
		{name: "missing, by the variable", cwd: ".", in: Input{Config: "w7.yaml"}, env: "w7.yaml", errorHas: "from WERF_CONFIG does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(EnvConfig, tt.env)
			t.Setenv(EnvDir, "")
			t.Chdir(filepath.Join(repo, tt.cwd))
			dir, config, err := resolveProject(tt.in)
			if tt.errorHas != "" {
				if err == nil || !strings.Contains(err.Error(), tt.errorHas) {
					t.Fatalf("error %v, want one with %q", err, tt.errorHas)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantConfig := ""
			if tt.config != "" {
				wantConfig = filepath.Join(repo, tt.config)
			}
			if dir.Value != filepath.Join(repo, tt.dir) || dir.From != tt.from || config != wantConfig {
				t.Errorf("%+v, config %s; want %s from %s, config %s", dir, config, filepath.Join(repo, tt.dir), tt.from, wantConfig)
			}
		})
	}
}
