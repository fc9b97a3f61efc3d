package contract

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// digestKeys returns the keys of a bundle's images_digests.json: none if there
// is no such file, or if it cannot be read.
func digestKeys(t *artifact.Tree) map[string]bool {
	keys := map[string]bool{}
	data, _ := t.Data(artifact.DigestsFile)
	digests, _ := module.ParseDigests(data)
	for key := range digests {
		keys[key] = true
	}
	return keys
}

// checkDigestsFile checks rules 26 and 27 and returns the digests by key. Ok
// is false if there are none to check further. Needed reports whether templates
// use images of the module.
func (c *checker) checkDigestsFile(t *artifact.Tree, needed bool) (digests map[string]string, ok bool) {
	e := t.File(artifact.DigestsFile)
	switch {
	case e == nil && needed:
		c.report(RuleDigestsFile, t.Name, "the bundle has no images_digests.json%s, but its templates use images of the module", hintAt(t, artifact.DigestsFile))
		return nil, false
	case e == nil:
		c.warn(RuleDigestsFile, t.Name, "the bundle has no images_digests.json%s", hintAt(t, artifact.DigestsFile))
		return nil, false
	case e.Data == nil:
		return nil, false // too large: rule 14
	}
	c.checkRootName(RuleDigestsFile, t, e)
	digests, err := module.ParseDigests(e.Data)
	switch {
	case errors.Is(err, module.ErrDuplicateKey):
		c.report(RuleDigestKeys, t.Name, "%v", err)
	case err != nil:
		c.report(RuleDigestsFile, t.Name, "%v", err)
		return nil, false
	}
	for _, key := range slices.Sorted(maps.Keys(digests)) {
		if strings.Contains(key, "_") || module.DigestKey(key) != key || key == "" {
			c.report(RuleDigestKeys, t.Name, "images_digests.json has the key %q, which is not in lower camel case", key)
		}
	}
	return digests, true
}

// checkImageNames checks rule 27 on the names of images before the build and
// returns their keys.
func (c *checker) checkImageNames(artifact string, names []string) map[string]bool {
	keys := map[string]string{}
	for _, name := range slices.Sorted(slices.Values(names)) {
		key := module.DigestKey(name)
		if strings.Contains(key, "_") {
			c.report(RuleDigestKeys, artifact, "the image %q gets the key %q, which has an underscore", name, key)
		}
		if other, taken := keys[key]; taken && other != name {
			c.report(RuleDigestKeys, artifact, "the images %q and %q get the same key %q", other, name, key)
		}
		keys[key] = name
	}
	set := map[string]bool{}
	for key := range keys {
		set[key] = true
	}
	return set
}

// How the sentence about an image that a bundle names ends.
const (
	notThere  = "is not in %s"
	lostParts = "is in %s without its parts %s: nobody can pull it"
)

// checkDigestsPresent checks that every digest is an image of the module's
// repository (rule missing, which is 29 or 45) for linux/amd64 (rule 30).
func (s *session) checkDigestsPresent(ctx context.Context, missing RuleID, artifact string, digests map[string]string) error {
	keys := slices.Sorted(maps.Keys(digests))
	return each(ctx, keys, func(ctx context.Context, key string) error {
		digest := digests[key]
		image, err := s.image(ctx, digest)
		switch {
		case err != nil:
			return err
		case !image.found:
			s.reportImage(missing, artifact, key, digest, notThere, s.repo.BundleRepo())
		case len(image.missing) > 0:
			s.reportImage(missing, artifact, key, digest, lostParts, s.repo.BundleRepo(), strings.Join(image.missing, ", "))
		case !image.runs:
			s.reportImage(RulePlatform, artifact, key, digest, "%s", otherPlatform(image.platforms))
		}
		if !image.found || len(image.missing) > 0 {
			return nil
		}
		return s.checkSignature(ctx, s.repo.Image(digest))
	})
}
