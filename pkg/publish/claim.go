package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/pkg/internal/errkind"
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
	claimPrefix = module.ReservedPrefix + "publish_"
	// claimDigits is how much of each digest is in the tag.
	claimDigits = 12
	// claimAge is how long an entry without anything to show for it may still
	// be at work. Older ones are of publishers that died.
	claimAge = 15 * time.Minute
)

// isStale reports whether an entry is too old to belong to a running publish.
func isStale(at, now time.Time) bool { return now.Sub(at) > claimAge }

// Publication is an entry of the history: a run began to publish a version.
type Publication struct {
	Version string    `json:"version"`
	Time    time.Time `json:"time"`
	// Channels were empty and were to be put on this version.
	Channels []module.Channel `json:"channels,omitempty"`
	Actor    string           `json:"actor,omitempty"`

	release, bundle string // first digits of the digests
	tag             string
}

func (p Publication) isOf(version, release string) bool {
	return p.Version == version && p.release == claimDigest(release)
}

// isSame reports whether that very content was entered.
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

// claim enters the publication into the history and then reads the history for
// others at work. Dev tags go without: they move, and the last one is right.
func (a *applier) claim(ctx context.Context) error {
	release, bundle := *a.plan.find(releaseTag), *a.plan.find(bundleTag)
	if !release.writes() && !bundle.writes() || !module.IsVersion(a.plan.Tag) {
		return nil
	}
	manifest, err := a.client.FetchManifest(ctx, release.source)
	if err != nil {
		return err
	}
	own := Publication{Version: a.plan.Tag, Time: a.now(), release: release.Desired, bundle: bundle.Desired, Actor: a.actor}
	for _, step := range a.plan.steps {
		if step.entered {
			own.Channels = append(own.Channels, step.channel)
		}
	}
	entry := release.target.At(newClaimTag(own))
	if _, err := a.client.Transfer(ctx, release.source.Repo, entry, manifest); err != nil {
		return err
	}
	history, listed, err := a.historyWith(ctx, a.plan.Repository, entry.Identifier)
	if err != nil {
		return err
	}
	if !listed {
		a.logf("the list of tags of %s lacks what was just written: a run that publishes at the same time may go unnoticed", a.plan.Repository.ReleaseRepo())
		return nil
	}
	a.listed = true
	err = a.checkClaims(&release, &bundle, own, history)
	if err == nil {
		err = a.checkStale(history)
	}
	if err != nil {
		return a.withdraw(ctx, entry, manifest, err)
	}
	return nil
}

// checkClaims returns an error if another run publishes other content for the
// version, or another version on a channel that is empty.
func (a *applier) checkClaims(release, bundle *step, own Publication, history *History) error {
	if a.plan.request.Force {
		return nil
	}
	for _, other := range history.Publications {
		switch {
		case other.Version != a.plan.Tag, other.isSame(release.Desired, bundle.Desired):
			continue
		case other.isSame(release.Current, bundle.Current):
			continue // that one is done, and overwriting it is what was asked for
		case isStale(other.Time, own.Time):
			continue
		}
		return rivalError(other.Time, "publish %s: %q began to publish other content for it", a.plan.Tag, other.Actor)
	}
	for _, channel := range own.Channels {
		rivals := slices.DeleteFunc(history.intents(channel, a.plan.Tag), func(m ChannelMove) bool { return isStale(m.Time, own.Time) })
		if len(rivals) > 0 {
			return rivalError(rivals[0].Time, "publish %s: %q began to put the channel %s on %s", a.plan.Tag, rivals[0].Actor, channel, rivals[0].To)
		}
	}
	return nil
}

// checkStale returns an error of kind [ErrStale] if the release repository has a
// tag that the plan takes for absent.
func (a *applier) checkStale(history *History) error {
	for _, step := range a.plan.steps {
		inRelease := step.kind == releaseTag || step.kind == channelTag
		if inRelease && step.Action == Create && slices.Contains(history.all, step.target.Identifier) {
			return errkind.New(ErrStale, "publish %s: %s was written meanwhile", a.plan.Tag, step.Ref)
		}
	}
	return nil
}

func rivalError(at time.Time, format string, args ...any) error {
	args = append(args, at.Format(time.RFC3339), remote.ErrConflict)
	return &ConflictError{Clash: RivalPublication, Until: at.Add(claimAge), err: fmt.Errorf(format+" at %s: %w", args...)}
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
