package publish

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// What modship writes down is kept in tags of the release repository: the
// history of channels, one entry a move, on the manifest that the channel moved
// to,
//
//	modship_move_<channel>_<time>_<from>_<to>_<actor>
//
// and the publications ([Publication]), on the release image.
//
// A tag costs one request, is written whole or not at all, and two writers
// cannot lose each other's. No consumer trips over it: the only one that lists
// the release repository, PackageRepository, takes semver tags, and this is
// none; <source> and the bundle repository are not touched.
//
// Who finds another run's entry after its own and stops withdraws it, so that
// it stands in nobody's way and is not told as history:
//
//	modship_withdrawn_<digest of the entry's tag>
//
// An actor is never written with a dash in front, so "-back-" before it marks
// the moves of promote --back; who does not know the mark reads such an entry
// as any other.
const (
	movePrefix     = module.ReservedPrefix + "move_"
	withdrawPrefix = module.ReservedPrefix + "withdrawn_"
	// backMark stands before the actor of a move that returned a channel.
	backMark = "-back-"
	// moveTime has no character that tags cannot hold, and sorts by time.
	moveTime = "20060102T150405.000Z"
	// unknownVersion stands for a release image whose version is unreadable.
	unknownVersion = "unknown"
	// noVersion is where a channel comes from that was empty.
	noVersion = "none"
)

// isEntry tells the tags of entries from those of images.
func isEntry(tag string) bool {
	return strings.HasPrefix(tag, module.ReservedPrefix)
}

// withdrawal is the tag that withdraws an entry.
func withdrawal(entry string) string {
	const digits = 32
	return withdrawPrefix + strings.TrimPrefix(remote.DigestOf([]byte(entry)), "sha256:")[:digits]
}

// withdraw takes an entry back, at the error that is returned: if that fails,
// the entry is stale after claimAge.
func (s *Publisher) withdraw(ctx context.Context, entry remote.Reference, manifest *remote.Manifest, err error) error {
	_, _ = s.client.PutManifest(ctx, entry.At(withdrawal(entry.Identifier)), manifest)
	return err
}

// ChannelMove is one move of a channel from a version to another.
type ChannelMove struct {
	Channel module.Channel `json:"channel"`
	// Time is zero where it is not known: for first placements without an entry.
	Time time.Time `json:"time,omitzero"`
	// From is empty when the channel was empty before.
	From  string `json:"from"`
	To    string `json:"to"`
	Actor string `json:"actor,omitempty"`
	// Back tells a return to an earlier version by [Session.PlanBack].
	Back bool `json:"back,omitempty"`

	tag string
}

// newMoveTag makes the tag of a move.
func newMoveTag(move ChannelMove) string {
	from := move.From
	switch {
	case from == "":
		from = noVersion
	case !module.IsVersion(from):
		from = tagWord(from)
	}
	actor := tagWord(move.Actor)
	if move.Back {
		actor = backMark + actor
	}
	return cutTag(movePrefix + strings.Join([]string{
		string(move.Channel), move.Time.UTC().Format(moveTime), from, move.To, actor,
	}, "_"))
}

// parseMoveTag reads the tag of a move back.
func parseMoveTag(tag string) (ChannelMove, bool) {
	rest, ok := strings.CutPrefix(tag, movePrefix)
	parts := strings.Split(rest, "_")
	if !ok || len(parts) != 5 {
		return ChannelMove{}, false
	}
	channel, err := module.ParseChannel(parts[0])
	if err != nil {
		return ChannelMove{}, false
	}
	at, err := time.Parse(moveTime, parts[1])
	if err != nil || parts[2] == "" || !module.IsVersion(parts[3]) {
		return ChannelMove{}, false
	}
	from := parts[2]
	if from == noVersion {
		from = ""
	}
	actor, back := strings.CutPrefix(parts[4], backMark)
	return ChannelMove{Channel: channel, Time: at, From: from, To: parts[3], Actor: actor, Back: back, tag: tag}, true
}

// History is what the entries in a release repository tell.
type History struct {
	// Moves tell who moved which channel from which version to which and when,
	// the oldest first.
	Moves []ChannelMove
	// Publications tell who began to publish which version and when, the
	// oldest first.
	Publications []Publication

	all []string // every tag of the repository
}

// History reads the history of a module. It is in the registry, so every
// machine sees the same.
func (s *Publisher) History(ctx context.Context, repository module.Repository) (*History, error) {
	tags, err := s.client.AllTags(ctx, repository.ReleaseRepo())
	if err != nil {
		return nil, err
	}
	return readHistory(tags), nil
}

// historyWith reads the history once more while the list lacks an entry that
// was just written, as a registry's list may for a moment.
func (s *Publisher) historyWith(ctx context.Context, repository module.Repository, entry string) (h *History, listed bool, err error) {
	for attempt := range attempts {
		if attempt > 0 {
			if err := s.client.Wait(ctx, attempt-1); err != nil {
				return nil, false, err
			}
		}
		if h, err = s.History(ctx, repository); err != nil || slices.Contains(h.all, entry) {
			return h, err == nil, err
		}
	}
	return h, false, nil
}

func readHistory(tags []string) *History {
	h := &History{all: tags}
	for _, tag := range tags {
		if !isEntry(tag) || slices.Contains(tags, withdrawal(tag)) {
			continue
		}
		if move, ok := parseMoveTag(tag); ok {
			h.Moves = append(h.Moves, move)
		}
		if publication, ok := parseClaimTag(tag); ok {
			h.Publications = append(h.Publications, publication)
		}
	}
	slices.SortStableFunc(h.Moves, func(a, b ChannelMove) int { return a.Time.Compare(b.Time) })
	slices.SortStableFunc(h.Publications, func(a, b Publication) int { return a.Time.Compare(b.Time) })
	return h
}

// tags is the set of the entries.
func (h *History) tags() map[string]bool {
	set := map[string]bool{}
	for _, tag := range h.all {
		if isEntry(tag) {
			set[tag] = true
		}
	}
	return set
}

// intents are the entries of channel moves
// than tag.
func (h *History) intents(channel module.Channel, tag string) []ChannelMove {
	var intents []ChannelMove
	for _, move := range h.Moves {
		if move.Channel == channel && move.To != tag {
			intents = append(intents, move)
		}
	}
	for _, p := range h.Publications {
		if slices.Contains(p.Channels, channel) && p.Version != tag {
			intents = append(intents, p.placement(channel))
		}
	}
	return intents
}

// rival is a publication that may still be about to put a channel that is on
// nothing on its version. Those look for others before they write and not again,
// unlike those that move a channel.
func (h *History) rival(channel module.Channel, tag string, now time.Time) *Publication {
	for _, p := range h.Publications {
		if p.Version != tag && slices.Contains(p.Channels, channel) && !isStale(p.Time, now) {
			return &p
		}
	}
	return nil
}

// hasPublication reports whether that content was published for the version with
// an entry.
func (h *History) hasPublication(tag, digest string) bool {
	return slices.ContainsFunc(h.Publications, func(p Publication) bool { return p.isOf(tag, digest) })
}

// Timeline is the moves that were made, with the first placement of each channel.
// Where no entry tells of that one, the version is what the channel's first
// move came from, or what a channel without moves is on by status. When and by
// whom is known if it was published on the channel.
func (h *History) Timeline(status *Status) []ChannelMove {
	timeline := []ChannelMove{}
	for _, channel := range status.Channels {
		moves := madeMoves(h.Moves, channel.Channel, channel.Version)
		first := ChannelMove{Channel: channel.Channel, To: channel.Version}
		if len(moves) > 0 {
			first.To = moves[0].From
		}
		for _, p := range h.Publications {
			if p.Version == first.To && slices.Contains(p.Channels, channel.Channel) {
				first = p.placement(channel.Channel)
			}
		}
		if first.To != "" {
			timeline = append(timeline, first)
		}
		timeline = append(timeline, moves...)
	}
	slices.SortStableFunc(timeline, func(a, b ChannelMove) int { return a.Time.Compare(b.Time) })
	return timeline
}
