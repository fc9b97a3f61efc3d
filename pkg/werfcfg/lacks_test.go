package werfcfg

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const lacking = `project: p
configVersion: 1
---
image: tool
from: scratch
shell: {install: ["make version.json"]}
---
image: files
from: scratch
git: [{add: /conf, to: /conf}]
---
image: made
from: scratch
import: [{image: tool, add: /out, to: /, includePaths: [version.json], after: install}]
git: [{add: /, to: /, includePaths: [module.yaml, changelog.yaml, "docs/*"]}]
---
image: none
from: scratch
import: [{image: tool, add: /bin, to: /bin, after: install}, {image: files, add: /conf/version.json, to: /version.json, after: install}]
git: [{add: /, to: /, includePaths: [module.yaml, openapi]}]
---
image: child
from: none
git: [{add: /, to: /, excludePaths: [module.yaml], includePaths: [changelog.yaml]}]
---
image: based
from: alpine:3
---
image: docker
dockerfile: Dockerfile
`

func TestLacks(t *testing.T) {
	ctx, p := openWerf(t)
	dir := t.TempDir()
	write(t, dir+"/werf.yaml", lacking)
	write(t, dir+"/Dockerfile", "FROM scratch\n")
	write(t, dir+"/module.yaml", "name: p\n")
	write(t, dir+"/conf/a", "")
	sh(t, dir, "git init -q; git add -A; git commit -qm one")
	c := readProject(t, ctx, p, dir)
	for image, want := range map[string]string{
		"tool": "", "made": "changelog.yaml", "none": "version.json changelog.yaml", "child": "version.json changelog.yaml",
		"based": "", "docker": "", "nowhere": "", "files": "version.json module.yaml changelog.yaml",
	} {
		got := strings.Join(c.Lacks(image, "version.json", "module.yaml", "changelog.yaml"), " ")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", image, diff)
		}
	}
}
