package werfcfg

import (
	"path/filepath"
	"testing"
)

const modesConfig = `project: p
configVersion: 1
---
image: file
context: app
dockerfile: file.Dockerfile
---
image: folder
context: app
dockerfile: folder.Dockerfile
---
image: context
context: app
dockerfile: context.Dockerfile
---
image: staged
context: app
dockerfile: folder.Dockerfile
staged: true
---
image: git
from: alpine:3
git:
- add: /app
  to: /app
  stageDependencies: {install: "run.sh"}
shell: {install: ["true"]}
---
image: frozen-file
from: alpine:3
disableGitAfterPatch: true
git:
- add: /app
  to: /app
  stageDependencies: {install: "dir/*.sh"}
shell: {install: ["true"]}
---
image: frozen-folder
from: alpine:3
disableGitAfterPatch: true
git:
- add: /app
  to: /app
  stageDependencies: {install: "dir"}
shell: {install: ["true"]}
`

// TestModesMatter: a mode is in the hash of a directory and not in that of a file.
func TestModesMatter(t *testing.T) {
	ctx, p := openWerf(t)
	top := t.TempDir()
	for name, text := range map[string]string{
		"werf.yaml": modesConfig, "app/dir/run.sh": "run", "app/dir/other": "", "app/run.sh": "run",
		"app/file.Dockerfile":    "FROM alpine:3\nCOPY dir/run.sh run.sh /\n",
		"app/folder.Dockerfile":  "FROM alpine:3\nCOPY dir /dir\n",
		"app/context.Dockerfile": "FROM alpine:3\nCOPY . /dir\n",
		"werf-giterminism.yaml":  "giterminismConfigVersion: 1\n",
	} {
		write(t, filepath.Join(top, name), text)
	}
	sh(t, top, "git init -q; git add -A; git commit -qm one; git clone -q . ../before-$(basename $PWD); chmod +x app/dir/run.sh app/run.sh; git commit -qam two")
	before := readProject(t, ctx, p, filepath.Join(filepath.Dir(top), "before-"+filepath.Base(top)))
	now := readProject(t, ctx, p, top)
	for image, want := range map[string]bool{
		"file": false, "folder": true, "context": true, "staged": false,
		"git": true, "frozen-file": false, "frozen-folder": true,
	} {
		got, err := now.ModesMatter(ctx, before, image)
		if err != nil || got != want {
			t.Errorf("%s: %t, %v, want %t", image, got, err, want)
		}
		if same, err := now.ModesMatter(ctx, now, image); err != nil || same && image != "git" {
			t.Errorf("%s, the same commit: %t, %v", image, same, err)
		}
	}
}
