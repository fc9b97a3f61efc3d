package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

const giterminism = `giterminismConfigVersion: 1
config:
  goTemplateRendering:
    allowEnvVariables: [MODULES_MODULE_TAG]
`

// image is the start of an image's section in werf.yaml.
func image(text *strings.Builder, name string) {
	fmt.Fprintf(text, "---\nimage: %s\nfrom: scratch\ngit:\n- add: /files/%s\n  to: /%s\n", name, name, name)
}

// sixtyModule has n images without instructions, so that what is measured is
// reading, deciding and registry requests: two thirds add one file from git,
// the others import the file of one of those, and the bundle imports from
// ten and depends on twenty.
func sixtyModule(n int) (werf string, images []string) {
	var text strings.Builder
	text.WriteString("project: sixty\nconfigVersion: 1\n")
	plain := n * 2 / 3
	for i := range n - 1 {
		name := fmt.Sprintf("component-%03d", i)
		images = append(images, name)
		image(&text, name)
		if i >= plain {
			fmt.Fprintf(&text, "import:\n- image: component-%03d\n  add: /component-%03d\n  to: /imported\n  after: install\n", i-plain, i-plain)
		}
	}
	image(&text, "bundle")
	text.WriteString("import:\n")
	for i := range min(10, n-1) {
		fmt.Fprintf(&text, "- image: component-%03d\n  add: /component-%03d\n  to: /all/%d\n  after: install\n", i, i, i)
	}
	text.WriteString("dependencies:\n")
	for i := range min(20, n-1) {
		fmt.Fprintf(&text, "- image: component-%03d\n  after: install\n  imports:\n  - type: ImageDigest\n    targetEnv: MODULE_IMAGE_DIGEST_component%03d\n", i, i)
	}
	return text.String(), append(images, "bundle")
}

// chainModule has n images on a base image, each with an empty command and what
// the one before made.
func chainModule(n int, base string) string {
	var text strings.Builder
	text.WriteString("project: chain\nconfigVersion: 1\n")
	for i := range n {
		fmt.Fprintf(&text, "---\nimage: link-%d\nfrom: %s\n", i, base)
		if i > 0 {
			fmt.Fprintf(&text, "import:\n- image: link-%d\n  add: /out\n  to: /out\n  before: install\n", i-1)
		}
		fmt.Fprintf(&text, "shell:\n  install:\n  - mkdir -p /out && echo %d > /out/%d\n", i, i)
	}
	return text.String()
}

// largeModule has one image with a layer of size bytes.
func largeModule(size int, base string) string {
	return fmt.Sprintf("project: large\nconfigVersion: 1\n---\nimage: large\nfrom: %s\nshell:\n  install:\n  - head -c %d /dev/urandom > /large\n", base, size)
}

// catalogueModule has n images as large modules have them: components of three
// images on a catalogue of bases, all in images-digests and the bundle.
func catalogueModule(n int) (werf string, images []string) {
	var text, digests strings.Builder
	text.WriteString("project: catalogue\nconfigVersion: 1\n")
	for i := 0; len(images)+5 <= n; i++ {
		component := fmt.Sprintf("component-%04d", i)
		src, artifact := component+"-src", component+"-artifact"
		image(&text, src)
		text.WriteString("final: false\n")
		fmt.Fprintf(&text, "---\nimage: %s\nfrom: registry.example/base/builder-%d:v1\nfinal: false\nimport:\n- image: %s\n  add: /%s\n  to: /src\n  before: install\n", artifact, i%50, src, src)
		text.WriteString("shell:\n  install:\n  - cp -r /src /out\n")
		fmt.Fprintf(&text, "---\nimage: %s\nfrom: registry.example/base/distroless:v1\nimport:\n- image: %s\n  add: /out\n  to: /app\n  before: setup\n", component, artifact)
		fmt.Fprintf(&digests, "- image: %s\n  before: setup\n  imports:\n  - type: ImageDigest\n    targetEnv: MODULE_IMAGE_DIGEST_component%04d\n", component, i)
		images = append(images, src, artifact, component)
	}
	for i := 0; len(images)+2 < n; i++ {
		images = append(images, fmt.Sprintf("single-%d", i))
		image(&text, images[len(images)-1])
	}
	text.WriteString("---\nimage: images-digests\nfrom: registry.example/base/builder-0:v1\nfinal: false\ndependencies:\n" + digests.String())
	text.WriteString("shell:\n  setup:\n  - env > /images_digests.json\n")
	image(&text, "bundle")
	text.WriteString("import:\n- image: images-digests\n  add: /images_digests.json\n  to: /images_digests.json\n  after: setup\n")
	return text.String(), append(images, "images-digests", "bundle")
}

// makeModule commits a module with one file for each image.
func (r *rig) makeModule(ctx context.Context, werf string, images []string) (string, error) {
	source, err := r.newDir()
	if err != nil {
		return "", err
	}
	files := map[string]string{"werf.yaml": werf, "werf-giterminism.yaml": giterminism, "module.yaml": "name: bench\n"}
	for _, name := range images {
		files[filepath.Join("files", name, name)] = name + "\n"
	}
	for name, text := range files {
		path := filepath.Join(source, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	return r.materialise(ctx, source, "")
}

// materialise makes a git repository of a module directory whose base images are
// at addr.
func (r *rig) materialise(ctx context.Context, source, addr string) (string, error) {
	dir, err := r.newDir()
	if err != nil {
		return "", err
	}
	repo := filepath.Join(dir, "module")
	return repo, modulerepo.Materialise(ctx, repo, source, modulerepo.Options{Registry: addr})
}
