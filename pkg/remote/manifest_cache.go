package remote

import "sync"

// manifestCache holds the manifests that were read or are about to be written,
// by digest. The zero value is empty; it is safe for concurrent use.
type manifestCache struct{ byDigest sync.Map }

// get returns the manifest with a digest, nil when it is not known.
func (c *manifestCache) get(digest string) *Manifest {
	m, _ := c.byDigest.Load(digest)
	known, _ := m.(*Manifest)
	return known
}

func (c *manifestCache) keep(m *Manifest) { c.byDigest.Store(m.Digest, m) }
