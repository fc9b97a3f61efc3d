package werfcfg

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

// baseKeys are the keys of base images by digest, for people to read: what they
// mean the templates decide. Of several keys for one digest the first in the
// alphabet counts.
func baseKeys(project fs.FS) map[string]string {
	keys := map[string]string{}
	for _, pattern := range baseKeyFiles {
		files, _ := fs.Glob(project, pattern) // the patterns are right
		for _, file := range files {
			data, err := fs.ReadFile(project, file)
			if err != nil {
				continue // without it bases have their references
			}
			for _, line := range baseKey.FindAllSubmatch(data, -1) {
				key, digest := string(line[1]), string(line[2])
				if known, ok := keys[digest]; !ok || key < known {
					keys[digest] = key
				}
			}
		}
	}
	return keys
}

// digestOf is the digest in a reference, "" without one.
func digestOf(ref string) string {
	_, digest, _ := strings.Cut(ref, "@")
	return digest
}
