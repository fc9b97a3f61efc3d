// Command gen writes schema.json.gz: the fields of Kubernetes' own kinds in
// every given version, from the OpenAPI document that the module
// k8s.io/kubernetes carries. Only names, types and which fields are required
// are kept. The Go command brings the modules:
//
//	go run ./internal/kube/gen v1.29.6 v1.30.14 …
package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/modship/modship/internal/kube"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: gen VERSION...")
	}
	merged := newMerge()
	for _, version := range os.Args[1:] {
		doc, err := download(version)
		if err != nil {
			log.Fatalf("%s: %v", version, err)
		}
		merged.add(minor(version), doc)
	}
	if err := write(filepath.Join("internal", "kube", "schema.json.gz"), merged.file); err != nil {
		log.Fatal(err)
	}
}

// minor returns 1.31 for v1.31.4.
func minor(version string) string {
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	return strings.Join(parts[:2], ".")
}

// download reads the OpenAPI document of a version.
func download(version string) (*document, error) {
	dir, err := os.MkdirTemp("", "kube-gen-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module gen\n"), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "mod", "download", "-json", "k8s.io/kubernetes@"+version)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go mod download: %w", err)
	}
	var found struct{ Zip string }
	if err := json.Unmarshal(out, &found); err != nil {
		return nil, err
	}
	return fromZip(found.Zip)
}

func fromZip(path string) (*document, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/api/openapi-spec/swagger.json") {
			continue
		}
		content, err := f.Open()
		if err != nil {
			return nil, err
		}
		defer content.Close()
		doc := &document{}
		return doc, json.NewDecoder(content).Decode(doc)
	}
	return nil, fmt.Errorf("%s has no swagger.json", path)
}

func write(path string, file kube.File) error {
	encoded, err := json.Marshal(file)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, bytes.NewReader(encoded)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	log.Printf("%s: %d types, %d bytes, %d packed", path, len(file.Types), len(encoded), b.Len())
	return os.WriteFile(path, b.Bytes(), 0o644)
}
