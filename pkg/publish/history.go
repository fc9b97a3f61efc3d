package publish

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/pkg/module"
)

// The history of channels is kept as tags of the release repository, one a
// move, on the manifest that the channel moved to:
//
//	modship_move_<channel>_<time>_<from>_<to>_<actor>
//
// An actor is never written with a dash in front, so "-back-" before it marks
// the moves of promote --back; who does not know the mark reads such an entry
// as any other. The first placement of a channel has no entry: it is the From
// of the channel's first move, see [FirstPlacements].
//
// A tag costs one request, is written whole or not at all, and two writers
// cannot lose each other's. No consumer trips over it: the only one that lists
// the release repository, PackageRepository, takes semver tags, and this is
// none; <source> and the bundle repository are not touched.
const (
	movePrefix = "modship_move_"
	// backMark stands before the actor of a move that returned a channel.
	backMark = "-back-"
	// moveTime has no character that tags cannot hold, and sorts by time.
	moveTime = "20060102T150405.000Z"
	// unknownVersion stands for a release image whose version is unreadable.
	unknownVersion = "unknown"
)

// ChannelMove is one move of a channel from a version to another.
type ChannelMove struct {
	Channel module.Channel `json:"channel"`
	// Time is zero where it is not known: for first placements.
	Time time.Time `json:"time,omitzero"`
	// From is empty when the channel was on nothing before.
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
	if !module.IsVersion(from) {
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
	actor, back := strings.CutPrefix(parts[4], backMark)
	return ChannelMove{Channel: channel, Time: at, From: parts[2], To: parts[3], Actor: actor, Back: back, tag: tag}, true
}

// History tells who moved which channel from which version to which and when,
// the oldest move first. It is in the registry, so every machine sees the same.
func (s *Session) History(ctx context.Context, repository module.Repository) ([]ChannelMove, error) {
	tags, err := s.Tags(ctx, repository.ReleaseRepo())
	if err != nil {
		return nil, err
	}
	return movesOf(tags), nil
}

func movesOf(tags []string) []ChannelMove {
	moves := []ChannelMove{}
	for _, tag := range tags {
		if move, ok := parseMoveTag(tag); ok {
			moves = append(moves, move)
		}
	}
	slices.SortStableFunc(moves, func(a, b ChannelMove) int { return a.Time.Compare(b.Time) })
	return moves
}

// FirstPlacements are the moves of channels from nothing to their first
// version, which leave no entry: an entry for each would be one request more
// than the whole promotion to an empty channel. The version is what the first
// of moves, the whole history, came from, or what a channel without moves is
// on. When and by whom is not known.
func FirstPlacements(status *Status, moves []ChannelMove) []ChannelMove {
	placements := []ChannelMove{}
	for _, channel := range status.Channels {
		first := channel.Version
		if i := slices.IndexFunc(moves, func(m ChannelMove) bool { return m.Channel == channel.Channel }); i >= 0 {
			first = moves[i].From
		}
		if first != "" {
			placements = append(placements, ChannelMove{Channel: channel.Channel, To: first})
		}
	}
	return placements
}

// historyTags is the set of entries, by which another promotion that runs at
// the same time is noticed.
func (s *Session) historyTags(ctx context.Context, repository module.Repository) (map[string]struct{}, error) {
	moves, err := s.History(ctx, repository)
	if err != nil {
		return nil, err
	}
	set := map[string]struct{}{}
	for _, move := range moves {
		set[move.tag] = struct{}{}
	}
	return set, nil
}

// errRace is wrapped by the errors for writers that got in each other's way.
var errRace = errors.New("something else wrote at the same time")
