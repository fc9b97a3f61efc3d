package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/module"
)

// A registry writes whatever comes last and compares nothing, so two
// publishers of one version would overwrite each other's tags. Each therefore
// enters what it is about to publish as a tag of the release repository, and
// only then looks for entries of others:
//
//	modship_publish_<version>_<time>_<digest>_<actor>
//
// Of two that run at the same time at least one finds the other's entry and
// stops before a tag of the version is written. The entry stays as a record
// and is as invisible to consumers as the history of channels. It is on the
// release image that is going to be published.
const (
	claimPrefix = "modship_publish_"
	// claimDigits is how much of the digest is in the tag.
	claimDigits = 16
	// claimAge is how long an entry without a version to show for it may still
	// be at work. Older ones are of publishers that died.
	claimAge = 15 * time.Minute
)

// Publication is an entry of the record: somebody began to publish a version.
type Publication struct {
	Version string    `json:"version"`
	Time    time.Time `json:"time"`
	Actor   string    `json:"actor,omitempty"`

	digest string // first digits
	tag    string
}

func newClaimTag(version string, at time.Time, digest, actor string) string {
	return cutTag(claimPrefix + strings.Join([]string{version, at.UTC().Format(moveTime), claimDigest(digest), tagWord(actor)}, "_"))
}

func claimDigest(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return hex[:min(len(hex), claimDigits)]
}

// parseClaimTag reads the tag of an entry back.
func parseClaimTag(tag string) (Publication, bool) {
	rest, ok := strings.CutPrefix(tag, claimPrefix)
	parts := strings.Split(rest, "_")
	if !ok || len(parts) != 4 || !module.IsVersion(parts[0]) || parts[2] == "" {
		return Publication{}, false
	}
	at, err := time.Parse(moveTime, parts[1])
	if err != nil {
		return Publication{}, false
	}
	return Publication{Version: parts[0], Time: at, digest: parts[2], Actor: parts[3], tag: tag}, true
}

// Publications tells who began to publish which version and when, the oldest
// first. The first publish of a module leaves no entry.
func (s *Session) Publications(ctx context.Context, repository module.Repository) ([]Publication, error) {
	tags, err := s.Tags(ctx, repository.ReleaseRepo())
	if err != nil {
		return nil, err
	}
	publications := []Publication{}
	for _, tag := range tags {
		if publication, ok := parseClaimTag(tag); ok {
			publications = append(publications, publication)
		}
	}
	slices.SortStableFunc(publications, func(a, b Publication) int { return a.Time.Compare(b.Time) })
	return publications, nil
}

// claim enters the release image and looks for others at work. The first
// publish of a module and dev tags go without: nobody competes for those.
func (s *Session) claim(ctx context.Context, plan *Plan, release *step) error {
	if !module.IsVersion(plan.Tag) || isFirst(plan) {
		return nil
	}
	manifest, err := s.mustManifest(ctx, release.source)
	if err != nil {
		return err
	}
	own := newClaimTag(plan.Tag, s.now(), release.Desired, s.opts.Actor)
	if _, err := s.transfer(ctx, release.source.repo, release.target.at(own), manifest); err != nil {
		return err
	}
	publications, err := s.Publications(ctx, plan.Repository)
	if err != nil {
		return err
	}
	for _, other := range publications {
		switch {
		case other.Version != plan.Tag, other.digest == claimDigest(release.Desired):
			continue
		case release.Current != "" && other.digest == claimDigest(release.Current):
			continue // that one is done, and overwriting it is what was asked for
		case plan.forced || s.now().Sub(other.Time) > claimAge:
			continue
		}
		return exit.With(exit.Violated,
			fmt.Errorf("publish %s: %q began to publish other content for it at %s: %w", plan.Tag, other.Actor, other.Time.Format(time.RFC3339), errRace),
			fmt.Sprintf("let one of the two publish; if the other one is dead, wait until %s or use --force",
				other.Time.Add(claimAge).Format(time.RFC3339)))
	}
	return nil
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
