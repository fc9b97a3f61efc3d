package module

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Channel is a release channel, spelled as its tag in the release repository.
type Channel string

// The release channels. The controller makes the tag from the CRD enum by
// kebab case (deckhouse, downloader.go, DownloadMetadataFromReleaseChannel).
const (
	Alpha       Channel = "alpha"
	Beta        Channel = "beta"
	EarlyAccess Channel = "early-access"
	Stable      Channel = "stable"
	RockSolid   Channel = "rock-solid"
	LTS         Channel = "lts"
)

// Channels returns all channels: the ladder in promotion order, lts last
// because it stands apart from the ladder.
func Channels() []Channel {
	return []Channel{Alpha, Beta, EarlyAccess, Stable, RockSolid, LTS}
}

// ParseChannel returns the channel spelled s. Only the six spellings are
// accepted; for a near miss the error names the channel that was meant.
func ParseChannel(s string) (Channel, error) {
	if ch := Channel(s); slices.Contains(Channels(), ch) {
		return ch, nil
	}
	if ch, ok := nearestChannel(s); ok {
		return "", fmt.Errorf("%q is not a release channel: did you mean %q?", s, string(ch))
	}
	return "", fmt.Errorf("%q is not a release channel: expected one of %s", s, joinChannels())
}

// Previous returns the channel below ch on the ladder. Alpha is the first and
// lts is not on the ladder: neither has one.
func (ch Channel) Previous() (Channel, bool) {
	ladder := Channels()
	i := slices.Index(ladder, ch)
	if i < 1 || ch == LTS {
		return "", false
	}
	return ladder[i-1], true
}

// Ladder is the channels that a module uses, in any order; none means all.
type Ladder []Channel

// Below returns the nearest channel below ch that the module uses.
func (l Ladder) Below(ch Channel) (Channel, bool) {
	for below, ok := ch.Previous(); ok; below, ok = below.Previous() {
		if len(l) == 0 || slices.Contains(l, below) {
			return below, true
		}
	}
	return "", false
}

// Requires returns the channel that must hold a version before ch takes it: the
// one below, unless that one is moved to the version too.
func (l Ladder) Requires(ch Channel, moved []Channel) (Channel, bool) {
	below, ok := l.Below(ch)
	return below, ok && !slices.Contains(moved, below)
}

// String returns the spelling of the channel's tag.
func (ch Channel) String() string { return string(ch) }

func joinChannels() string {
	var names []string
	for _, ch := range Channels() {
		names = append(names, string(ch))
	}
	return strings.Join(names, ", ")
}

// nearestChannel finds the channel that s most likely means: the same letters
// in another spelling (EarlyAccess, rock_solid), else at most two typos away.
func nearestChannel(s string) (Channel, bool) {
	plain := plainLetters(s)
	best, distance := Channel(""), 3
	for _, ch := range Channels() {
		want := plainLetters(string(ch))
		if d := levenshtein.Distance(plain, want, nil); d < distance && d < len(want)-1 {
			best, distance = ch, d
		}
	}
	return best, best != ""
}

// plainLetters drops everything but letters, in lower case and at most as many
// as any channel could have.
func plainLetters(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' {
			b.WriteRune(r)
		}
		if b.Len() > 32 {
			break
		}
	}
	return b.String()
}
