package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cache keeps contents by their SHA-256, and which content a URL had last.
type cache struct{ dir string }

func (c cache) contentFile(digest string) string { return filepath.Join(c.dir, "sha256", digest) }

func (c cache) urlFile(url string) string {
	sum := sha256.Sum256([]byte(url)) // a URL may hold a secret
	return filepath.Join(c.dir, "url", hex.EncodeToString(sum[:]))
}

func (c cache) has(digest string) bool {
	if digest == "" {
		return false
	}
	_, err := os.Stat(c.contentFile(digest))
	return err == nil
}

// digestOf returns the SHA-256 of what the URL had, "" if that is not known.
func (c cache) digestOf(url string) string {
	data, err := os.ReadFile(c.urlFile(url))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// content reads and checks a content: a cache may be damaged.
func (c cache) content(digest string) ([]byte, error) {
	data, err := os.ReadFile(c.contentFile(digest))
	if err != nil {
		return nil, fmt.Errorf("read the cache of fetched files: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != digest {
		_ = os.Remove(c.contentFile(digest)) // the next run fetches it again
		return nil, fmt.Errorf("%s is damaged and was removed: run modship again", c.contentFile(digest))
	}
	return data, nil
}

func (c cache) add(url, digest string, content []byte) error {
	if err := replace(c.contentFile(digest), content); err != nil {
		return err
	}
	return replace(c.urlFile(url), []byte(digest+"\n"))
}

// replace writes a file as a whole, beside other runs that may do the same.
func replace(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("write the cache of fetched files: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return fmt.Errorf("write the cache of fetched files: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("write the cache of fetched files: %w", err)
	}
	return nil
}
