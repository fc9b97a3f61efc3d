package baseimage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// layout changes when the image is put together in another way from the same
// toolbox; it is part of the tag.
const layout = "1"

// tagDigits is how many hexadecimal digits of the digest stand in the tag.
const tagDigits = 12

// SourceDir finds the toolbox's sources from any directory of this repository.
func SourceDir(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/modship/modship")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find the sources of the base image (run this inside the modship repository): %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return filepath.Join(strings.TrimSpace(string(out)), "tools", "toolbox"), nil
}

// Tag returns the image's tag for the toolbox's sources in dir: "src-" and the
// first digits of their digest.
func Tag(dir string) (string, error) {
	digest, err := sourceDigest(dir)
	if err != nil {
		return "", err
	}
	return "src-" + digest[:tagDigits], nil
}

// sourceDigest is over the names and contents of everything that enters the
// binary; tests do not.
func sourceDigest(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("read the toolbox's sources: %w", err)
	}
	digest := sha256.New()
	fmt.Fprintln(digest, "layout", layout)
	seen := 0
	for _, entry := range entries {
		if entry.IsDir() || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return "", fmt.Errorf("read the toolbox's sources: %w", err)
		}
		fmt.Fprintf(digest, "%s %d\n%s", entry.Name(), len(text), text)
		seen++
	}
	if seen == 0 {
		return "", errors.New("the toolbox's folder " + dir + " is empty")
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}
