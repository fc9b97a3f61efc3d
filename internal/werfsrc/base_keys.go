package werfsrc

import (
	"io/fs"
	"regexp"
	"strings"
)

// baseKeyFiles are where modules keep the references of base images: a file of
// keys and digests that their CI downloads (base_images.yml), or several.
var baseKeyFiles = []string{"*images*.y*ml", ".werf/*images*.y*ml", "build/*images*.y*ml", "build/*/*images*.y*ml"}

// baseKey is a line of such a file: builder/golang: "sha256:…", or with a
// repository before the digest.
var baseKey = regexp.MustCompile(`(?m)^[ \t]*["']?([\w./-]+)["']?[ \t]*:[ \t]*["']?(?:[^\s"'@]+@)?(sha256:[0-9a-f]{64})\b`)

// catalogue is a file of keys and digests of base images.
type catalogue struct {
	file    string
	keys    []string
	digests []string // by the index of the key
}

// catalogues returns the files that have such keys.
func (p Project) catalogues() []catalogue {
	if p.FS == nil {
		return nil
	}
	var list []catalogue
	for _, pattern := range baseKeyFiles {
		files, _ := fs.Glob(p, pattern) // the patterns are right
		for _, file := range files {
			data, err := fs.ReadFile(p, file)
			if err != nil {
				continue // without it bases have their references
			}
			c := catalogue{file: file}
			for _, line := range baseKey.FindAllSubmatch(data, -1) {
				c.keys, c.digests = append(c.keys, string(line[1])), append(c.digests, string(line[2]))
			}
			if len(c.keys) > 0 {
				list = append(list, c)
			}
		}
	}
	return list
}

// BaseKeys returns the keys of base images by digest, for people to read: the
// templates decide what they mean. Of several keys of one digest, the first in
// the alphabet counts.
func (p Project) BaseKeys() map[string]string {
	keys := map[string]string{}
	for _, c := range p.catalogues() {
		for i, key := range c.keys {
			if known, ok := keys[c.digests[i]]; !ok || key < known {
				keys[c.digests[i]] = key
			}
		}
	}
	return keys
}

// BaseKeyFiles returns the files that have keys of base images.
func (p Project) BaseKeyFiles() []string {
	var files []string
	for _, c := range p.catalogues() {
		files = append(files, c.file)
	}
	return files
}

// IsBaseKey returns a predicate that reports whether an image is named after a
// key of a catalogue.
func (p Project) IsBaseKey() func(image string) bool {
	known := map[string]bool{}
	for _, c := range p.catalogues() {
		for _, key := range c.keys {
			known[key] = true
		}
	}
	return func(image string) bool { return known[image] }
}

// DigestOf returns the digest in a reference, "" without one.
func DigestOf(ref string) string {
	_, digest, _ := strings.Cut(ref, "@")
	return digest
}
