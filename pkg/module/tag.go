package module

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// maxTagLength is the limit of the distribution specification for a tag.
const maxTagLength = 128

var (
	tagPattern     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	versionPattern = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$`)

	// looseVersionPattern is a superset of what any consumer reads as a
	// version: numbers with at most one character between them. More than three
	// of them (v1.2.3.4) are nobody's version, but nobody's good name either.
	looseVersionPattern = regexp.MustCompile(`^v?[0-9]+([^0-9]?[0-9]+)*$`)

	// fetcherPattern is the pattern by which the controller's release fetcher
	// picks versions from the tags of the bundle repository (deckhouse,
	// module_release_fetcher.go, parseAndFilterVersions). Its dots are not
	// escaped there either.
	fetcherPattern = regexp.MustCompile(`^v[0-9]+.[0-9]+.[0-9]+$`)

	// digestTagPattern matches the tags that cosign and OCI referrers make of
	// a digest.
	digestTagPattern = regexp.MustCompile(`^sha256-[0-9a-f]{64}`)
)

// IsVersion reports whether tag is a canonical version tag: vMAJOR.MINOR.PATCH
// without leading zeros, prerelease or build metadata. Such a tag is live for
// clusters as soon as it is in the bundle repository.
func IsVersion(tag string) bool { return versionPattern.MatchString(tag) }

// CheckTag reports why tag is not a valid tag of the distribution
// specification, or nil.
func CheckTag(tag string) error {
	switch {
	case tag == "":
		return fmt.Errorf("tag is empty")
	case len(tag) > maxTagLength:
		return fmt.Errorf("tag %q is %d characters long, at most %d are allowed", tag, len(tag), maxTagLength)
	case !tagPattern.MatchString(tag):
		return fmt.Errorf("tag %q is not valid: letters, digits, _ . - are allowed, and the first character is not . or -", tag)
	}
	return nil
}

// ReservedPrefix begins the tags in which modship keeps what it has to remember:
// its history in release repositories, durations beside the stages.
const ReservedPrefix = "modship_"

// DurationsTag is beside the stages of a module. It holds how long images took to
// build, for the next machine that plans a build.
const DurationsTag = ReservedPrefix + "durations"

// CheckArtifactTag reports why a version or a dev build cannot be published
// under tag, or nil: it is not valid, or means something else there.
func CheckArtifactTag(tag string) error {
	if err := CheckTag(tag); err != nil {
		return err
	}
	switch {
	case slices.Contains(Channels(), Channel(tag)):
		return fmt.Errorf("tag %q is a release channel: expected a version or the name of a dev build", tag)
	case strings.HasPrefix(tag, ReservedPrefix):
		return fmt.Errorf("tag %q is one of modship's history: expected a version or the name of a dev build", tag)
	case digestTagPattern.MatchString(tag):
		return fmt.Errorf("tag %q is reserved for manifests attached to an image: expected a version or the name of a dev build", tag)
	}
	return nil
}

// DevTag makes a tag for a build that is not a release from the name of a
// branch or of a git tag that is not a version. The result is always a valid tag,
// is the same for the same name, and can never be taken for a version, a
// release channel or the tag of an attestation: such names get the prefix
// "branch-". A valid name that is none of these is returned as it is.
func DevTag(branch string) string {
	tag := branch
	if CheckTag(branch) != nil {
		tag = sanitizeTag(branch)
	}
	if !isReserved(tag) {
		return tag
	}
	if len(tag)+len(reservedPrefix) > maxTagLength {
		tag = cutTag(tag, branch)
	}
	return reservedPrefix + tag
}

// reservedPrefix goes in front of a name that is reserved.
const reservedPrefix = "branch-"

// sanitizeTag replaces what a tag cannot hold with a dash. When the result no
// longer tells different names apart (letters outside ASCII were lost, or it
// was cut), a part of the name's hash is appended.
func sanitizeTag(name string) string {
	var b strings.Builder
	lossy := false
	for _, r := range name {
		switch {
		case r < 0x80 && (isAlphanumeric(byte(r)) || strings.ContainsRune("._-", r)): //nolint:gosec // below 0x80
			b.WriteRune(r)
		default:
			b.WriteByte('-')
			lossy = lossy || r >= 0x80
		}
	}
	tag := strings.Trim(b.String(), "-.")
	if tag == "" {
		tag, lossy = "branch", name != ""
	}
	if lossy || len(tag) > maxTagLength {
		return cutTag(tag, name)
	}
	return tag
}

// cutTag appends a part of name's hash to tag and cuts tag so that the result
// and the prefix of a reserved name fit.
func cutTag(tag, name string) string {
	sum := sha256.Sum256([]byte(name))
	suffix := "-" + hex.EncodeToString(sum[:4])
	limit := maxTagLength - len(suffix) - len(reservedPrefix)
	return strings.TrimRight(tag[:min(limit, len(tag))], "-.") + suffix
}

// isReserved reports whether a consumer could take tag for something else than a
// dev build.
func isReserved(tag string) bool {
	return ReadsAsVersion(tag) || digestTagPattern.MatchString(tag) || slices.Contains(Channels(), Channel(strings.ToLower(tag)))
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// ReadsAsVersion reports whether tag looks so much like a version that no dev
// build should have it: v12345, v1-2-3, v1.2, 1.2.3 and v1.2.3.4 do. A
// canonical version does too.
func ReadsAsVersion(tag string) bool { return looseVersionPattern.MatchString(tag) }

// IsUpgradeStep reports whether the controller takes tag, in the bundle
// repository, for a version that clusters install on their way to a newer one:
// the canonical ones, and by its unescaped dots v1-2-3 and v12345.
func IsUpgradeStep(tag string) bool { return fetcherPattern.MatchString(tag) }

// IsForeignVersion reports whether tag is not a canonical version, but d8 mirror
// and PackageRepository, which leave the reading to
// github.com/Masterminds/semver, take it for one: v1.2, 1.2.3, v1.2.3-rc.1.
// v1.2.3.4 is none to them, nor to the controller.
func IsForeignVersion(tag string) bool {
	_, err := semver.NewVersion(tag)
	return err == nil && !IsVersion(tag)
}
