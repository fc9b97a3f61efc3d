package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// A registry writes whatever comes last and compares nothing, so two
// publishers of one version would overwrite each other's tags. Each therefore
// enters what it is about to publish, and the channels that it is about to be
// the first on, as a tag of the release repository, and only then looks for
// entries of others:
//
//	modship_publish_<version>_<time>_<release>.<bundle>_<channels>_<actor>
//
// Of two that run at the same time at least one finds the other's entry and
// stops before a tag of the version is written, withdrawing its entry. Otherwise
// the entry stays as a record. It is on the release image that is going to be
// published.
const (
	claimPrefix = module.HistoryPrefix + "publish_"
	// claimDigits is how much of each digest is in the tag.
	claimDigits = 12
	// claimAge is how long an entry without anything to show for it may still
	// be at work. Older ones are of publishers that died.
	claimAge = 15 * time.Minute
)

// isStale tells that whoever made an entry at that time is not at work any more.
func isStale(at, now time.Time) bool { return now.Sub(at) > claimAge }

// Publication is an entry of the history: somebody began to publish a version.
type Publication struct {
	Version string    `json:"version"`
	Time    time.Time `json:"time"`
	// Channels are those that were on nothing and were to be on this version.
	Channels []module.Channel `json:"channels,omitempty"`
	Actor    string           `json:"actor,omitempty"`

	release, bundle string // first digits of the digests
	tag             string
}

func (p Publication) isOf(version, release string) bool {
	return p.Version == version && p.release == claimDigest(release)
}

// isSame tells whether that very content was entered.
func (p Publication) isSame(release, bundle string) bool {
	return p.release == claimDigest(release) && p.bundle == claimDigest(bundle)
}

// placement is what the entry says about a channel that it names.
func (p Publication) placement(channel module.Channel) ChannelMove {
	return ChannelMove{Channel: channel, Time: p.Time, To: p.Version, Actor: p.Actor, tag: p.tag}
}

func newClaimTag(p Publication) string {
	var channels []string
	for _, channel := range p.Channels {
		channels = append(channels, string(channel))
	}
	return cutTag(claimPrefix + strings.Join([]string{
		p.Version, p.Time.UTC().Format(moveTime), claimDigest(p.release) + "." + claimDigest(p.bundle), strings.Join(channels, "."), tagWord(p.Actor),
	}, "_"))
}

func claimDigest(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return hex[:min(len(hex), claimDigits)]
}

// parseClaimTag reads the tag of an entry back.
func parseClaimTag(tag string) (Publication, bool) {
	rest, ok := strings.CutPrefix(tag, claimPrefix)
	parts := strings.Split(rest, "_")
	if !ok || len(parts) != 5 || !module.IsVersion(parts[0]) {
		return Publication{}, false
	}
	release, bundle, ok := strings.Cut(parts[2], ".")
	if !ok || len(release) != claimDigits || len(bundle) != claimDigits {
		return Publication{}, false
	}
	at, err := time.Parse(moveTime, parts[1])
	if err != nil {
		return Publication{}, false
	}
	p := Publication{Version: parts[0], Time: at, release: release, bundle: bundle, Actor: parts[4], tag: tag}
	for word := range strings.SplitSeq(parts[3], ".") {
		if channel, err := module.ParseChannel(word); err == nil {
			p.Channels = append(p.Channels, channel)
		}
	}
	return p, true
}

// claim enters the publication and looks for others at work. It is stale when
// the list shows something that the plan takes for absent: then the plan has to
// be made again. Dev tags go without: they move, and the last one is right.
func (s *Publisher) claim(ctx context.Context, plan *Plan) (stale bool, err error) {
	release, bundle := *plan.find(releaseTag), *plan.find(bundleTag)
	if !release.writes() && !bundle.writes() || !module.IsVersion(plan.Tag) {
		return false, nil
	}
	manifest, err := s.client.FetchManifest(ctx, release.source)
	if err != nil {
		return false, err
	}
	own := Publication{Version: plan.Tag, Time: s.now(), release: release.Desired, bundle: bundle.Desired, Actor: s.actor}
	created := []string{} // tags of the release repository
	for _, step := range plan.steps {
		if step.Action != Create || step.kind != channelTag && step.kind != releaseTag {
			continue
		}
		created = append(created, step.target.Identifier)
		if step.kind == channelTag {
			own.Channels = append(own.Channels, step.channel)
		}
	}
	entry := release.target.At(newClaimTag(own))
	plan.entry = &entry
	if _, err := s.client.Transfer(ctx, release.source.Repo, entry, manifest); err != nil {
		return false, err
	}
	history, listed, err := s.historyWith(ctx, plan.Repository, entry.Identifier)
	if err != nil {
		return false, err
	}
	if !listed {
		s.logf("the list of tags of %s lacks what was just written: two who publish at the same time are not told of each other", plan.Repository.ReleaseRepo())
		return plan.assumed, nil // what is not in the list may be there
	}
	if err := s.checkClaims(plan, &release, &bundle, own, history); err != nil {
		return false, s.withdraw(ctx, entry, manifest, err)
	}
	return slices.ContainsFunc(created, func(tag string) bool { return slices.Contains(history.all, tag) }), nil
}

// checkClaims tells when somebody else is publishing other content for the
// version, or another version on a channel that is on nothing.
func (s *Publisher) checkClaims(plan *Plan, release, bundle *step, own Publication, history *History) error {
	if plan.request.Force {
		return nil
	}
	for _, other := range history.Publications {
		switch {
		case other.Version != plan.Tag, other.isSame(release.Desired, bundle.Desired):
			continue
		case other.isSame(release.Current, bundle.Current):
			continue // that one is done, and overwriting it is what was asked for
		case isStale(other.Time, own.Time):
			continue
		}
		return rivalError(fmt.Sprintf("publish %s: %q began to publish other content for it", plan.Tag, other.Actor), other.Time)
	}
	for _, channel := range own.Channels {
		rivals := slices.DeleteFunc(history.intents(channel, plan.Tag), func(m ChannelMove) bool { return isStale(m.Time, own.Time) })
		if len(rivals) > 0 {
			return rivalError(fmt.Sprintf("publish %s: %q began to put the channel %s on %s", plan.Tag, rivals[0].Actor, channel, rivals[0].To), rivals[0].Time)
		}
	}
	return nil
}

func rivalError(what string, at time.Time) error {
	return exit.With(exit.Violated, fmt.Errorf("%s at %s: %w", what, at.Format(time.RFC3339), remote.ErrConflict),
		fmt.Sprintf("let one of the two publish; if the other one is dead, wait until %s or use --force", at.Add(claimAge).Format(time.RFC3339)))
}

// isFirst tells the first publish of a module: its registration is written.
func isFirst(plan *Plan) bool {
	registration := plan.find(registrationTag)
	return registration != nil && registration.Action == Create
}

// tagWord makes a word of text that can stand between underscores in a tag.
func tagWord(text string) string {
	if text == "" {
		return ""
	}
	return strings.Trim(strings.ReplaceAll(module.DevTag(text), "_", "-"), "-.")
}

// cutTag cuts a tag to the longest that is allowed.
func cutTag(tag string) string {
	const longest = 128
	return tag[:min(len(tag), longest)]
}
