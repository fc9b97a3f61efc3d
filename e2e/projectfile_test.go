package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// TestProjectFile publishes a module whose base_images.yml only CI has, to a
// target of modship.yaml that needs a variable. The second run has no network.
func TestProjectFile(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t)
	dir := shapeNamed("echo").repo(t, r.Addr())
	server := moveToServer(t, dir, "base_images.yml")
	writeFile(t, filepath.Join(dir, ".gitignore"), "/base_images.yml\n")
	writeFile(t, filepath.Join(dir, "werf-giterminism.yaml"), `giterminismConfigVersion: 1
config:
  goTemplateRendering:
    allowEnvVariables: [MODULES_MODULE_TAG, MODULE_EDITION]
    allowUncommittedFiles: [base_images.yml]
`)
	writeFile(t, filepath.Join(dir, "modship.yaml"), `targets:
  fe: {source: `+r.source()+`/fe, environment: {MODULE_EDITION: ee}}
  ee:
    source: `+r.source()+`
    environment: {MODULE_EDITION: ee}
files:
  - {url: "`+server.URL+`/${BASE_IMAGES_VERSION}/base_images.yml", path: base_images.yml}
environment:
  BASE_IMAGES_VERSION: v1
`)
	images := filepath.Join(dir, ".werf", "images.yaml")
	text, err := os.ReadFile(images)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, images, `{{- $_ := env "MODULE_EDITION" }}`+"\n"+string(text))
	if err := modulerepo.Commit(t.Context(), dir, "modship.yaml"); err != nil {
		t.Fatal(err)
	}

	if graph := h.modship(t, dir, "graph", "--target", "ee", "--format", "json"); !strings.Contains(graph, `"image:echo-server"`) {
		t.Errorf("the graph lacks the image:\n%s", graph)
	}
	server.Close()
	if err := os.Remove(filepath.Join(dir, "base_images.yml")); err != nil {
		t.Fatal(err)
	}
	var published struct{ Repository, Tag string }
	result := h.modship(t, dir, "publish", "--target", "ee", "--tag", "dev", "--format", "json")
	if err := json.Unmarshal([]byte(result), &published); err != nil {
		t.Fatal(err)
	}
	if published.Repository != r.source()+"/echo" || published.Tag != "dev" {
		t.Errorf("published %+v", published)
	}

	// Two targets: the second one takes what the first one has.
	var both struct {
		Targets []struct {
			Repository string
			Images     []struct {
				Name    string
				Rebuilt bool
			}
		}
	}
	result = h.modship(t, dir, "publish", "--target", "ee,fe", "--tag", "dev", "--format", "json")
	if err := json.Unmarshal([]byte(result), &both); err != nil {
		t.Fatal(err)
	}
	if len(both.Targets) != 2 || both.Targets[0].Repository != r.source()+"/echo" || both.Targets[1].Repository != r.source()+"/fe/echo" {
		t.Fatalf("published %+v", both)
	}
	for i, target := range both.Targets {
		for _, image := range target.Images {
			if image.Name == "echo-server" && image.Rebuilt {
				t.Errorf("target %d: image echo-server was built again", i)
			}
		}
	}
}

// moveToServer removes a file from a module and serves it below /v1/.
func moveToServer(t *testing.T, dir, name string) *httptest.Server {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}
