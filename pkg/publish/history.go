package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/module"
)

// The history of channels is kept as tags of the release repository, one a
// move, on the manifest that the channel moved to:
//
//	modship_move_<channel>_<time>_<from>_<to>_<actor>
//
// A tag costs one request, is written whole or not at all, and two writers
// cannot lose each other's. No consumer trips over it: the only one that lists
// the release repository, PackageRepository, takes semver tags, and this is
// none; <source> and the bundle repository are not touched.
const (
	movePrefix = "modship_move_"
	// moveTime has no character that tags cannot hold, and sorts by time.
	moveTime = "20060102T150405.000Z"
	// unknownVersion stands for a release image whose version is unreadable.
	unknownVersion = "unknown"
)

// ChannelMove is one move of a channel from a version to another. The first version
// of a channel is the From of its first move.
type ChannelMove struct {
	Channel module.Channel `json:"channel"`
	Time    time.Time      `json:"time"`
	From    string         `json:"from"`
	To      string         `json:"to"`
	Actor   string         `json:"actor,omitempty"`

	tag string
}

// newMoveTag makes the tag of a move.
func newMoveTag(move ChannelMove) string {
	from := move.From
	if !module.IsVersion(from) {
		from = tagWord(from)
	}
	return cutTag(movePrefix + strings.Join([]string{
		string(move.Channel), move.Time.UTC().Format(moveTime), from, move.To, tagWord(move.Actor),
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
	return ChannelMove{Channel: channel, Time: at, From: parts[2], To: parts[3], Actor: parts[4], tag: tag}, true
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

// BackRequest says which channel to return to its previous version.
type BackRequest struct {
	Repository module.Repository
	Channel    module.Channel
}

// PlanBack makes the plan that returns a channel to the version it was on
// before, by the history. The ladder is not asked and the step down is
// allowed: that is what going back means.
func (s *Session) PlanBack(ctx context.Context, request BackRequest) (*Plan, error) {
	ref, err := s.parseReference(request.Repository.Channel(request.Channel))
	if err != nil {
		return nil, err
	}
	needed := map[string]access{request.Repository.ReleaseRepo(): push, request.Repository.BundleRepo(): pull}
	if err := s.login(ctx, needed); err != nil {
		return nil, err
	}
	present, err := s.versionAt(ctx, ref)
	if err != nil {
		return nil, err
	}
	moves, err := s.History(ctx, request.Repository)
	if err != nil {
		return nil, err
	}
	for _, move := range slices.Backward(moves) {
		if move.Channel == request.Channel && move.To == present && module.IsVersion(move.From) {
			return s.PlanPromote(ctx, PromoteRequest{
				Repository: request.Repository, Tag: move.From, Channels: []module.Channel{request.Channel},
				AllowDowngrade: true, SkipLadder: true,
			})
		}
	}
	return nil, exit.With(exit.Violated,
		fmt.Errorf("%s is on %s, and the history in the registry does not tell what it was on before", ref, present),
		"promote the version to go back to with --tag, --allow-downgrade and --skip-ladder")
}

// PromoteBack returns a channel to its previous version: [Session.PlanBack]
// and [Session.Apply].
func (s *Session) PromoteBack(ctx context.Context, request BackRequest) (*Plan, error) {
	plan, err := s.PlanBack(ctx, request)
	if err != nil {
		return nil, err
	}
	return plan, s.Apply(ctx, plan)
}

// errRace is wrapped by the errors for writers that got in each other's way.
var errRace = errors.New("something else wrote at the same time")
