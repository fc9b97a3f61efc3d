package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/pkg/module"
)

// channelRules decide which channels may be put on a version.
type channelRules struct {
	session        *Session
	repository     module.Repository
	tag            string
	allowDowngrade bool
	skipLadder     bool
	// below has the digests of channels that were looked at for the ladder,
	// empty where a channel is on nothing.
	below map[module.Channel]string
	// entered says that the publication's entry will name the channels.
	entered bool
	// history is read by decide when a channel needs it and it is nil.
	history *History

	known map[string]bool // the entries that decide went by
}

const (
	onlyVersions     = "%q is not a version: a release channel takes vX.Y.Z only"
	hintOnlyVersions = "publish a version (vX.Y.Z) for a release channel; a dev build is tried with a ModulePullOverride"
)

// decide chooses the action of each channel step. The steps are looked at
// already and go from the lowest channel up.
func (r *channelRules) decide(ctx context.Context, steps []step) error {
	held := map[module.Channel]bool{} // channels on the version after this plan
	needed := false
	for i := range steps {
		step := &steps[i]
		if err := r.decideOne(ctx, step, held); err != nil {
			return err
		}
		held[step.channel] = step.Action != Refuse
		step.entered = r.entered && step.Action == Create
		needed = needed || step.writes() && !step.entered
	}
	if !needed {
		return nil
	}
	if r.history == nil {
		var err error
		if r.history, err = r.session.History(ctx, r.repository); err != nil {
			return err
		}
	}
	now := r.session.now()
	r.known = r.history.tags()
	for i := range steps {
		if step := &steps[i]; step.Action == Create && !step.entered {
			if rival := r.history.rival(step.channel, r.tag, now); rival != nil {
				step.refuse(fmt.Sprintf("wait for it; if it is dead, until %s", rival.Time.Add(claimAge).Format(time.RFC3339)),
					"%q began to publish %s on it at %s", rival.Actor, rival.Version, rival.Time.Format(time.RFC3339))
				continue
			}
			step.entered = r.history.names(r.tag, step.Desired, step.channel)
			step.alone = r.history.isOnly(r.tag, now)
		}
	}
	return nil
}

func (r *channelRules) decideOne(ctx context.Context, step *step, held map[module.Channel]bool) error {
	switch {
	case !module.IsVersion(r.tag):
		step.refuse(hintOnlyVersions, onlyVersions, r.tag)
		return nil
	case step.Desired != "" && step.Current == step.Desired:
		step.Action = Keep
		return nil
	case step.Current == "":
		step.Action = Create
	default:
		step.Action = Move
		if err := r.checkSequence(ctx, step); err != nil || step.Action == Refuse {
			return err
		}
	}
	return r.checkLadder(ctx, step, held)
}

// checkLadder asks the channel below for the very version.
func (r *channelRules) checkLadder(ctx context.Context, step *step, held map[module.Channel]bool) error {
	below, ok := step.channel.Previous()
	if !ok || held[below] {
		return nil
	}
	if r.skipLadder {
		step.note("the ladder was skipped: %s was not asked", below)
		return nil
	}
	ref := step.target.at(string(below))
	digest, looked := r.below[below]
	if !looked {
		var err error
		if digest, _, err = r.session.head(ctx, ref); err != nil {
			return err
		}
	}
	switch {
	case digest == "":
		step.refuse(fmt.Sprintf("promote %s to %s first, or skip the ladder with --skip-ladder", r.tag, below),
			"%s has to be on %s first, which is on nothing", r.tag, below)
	case digest != step.Desired:
		version, err := r.session.versionAt(ctx, ref.at(digest))
		if err != nil {
			return err
		}
		if version != r.tag {
			step.refuse(fmt.Sprintf("promote %s to %s first, or skip the ladder with --skip-ladder", r.tag, below),
				"%s has to be on %s first, which is on %s", r.tag, below, version)
		}
	}
	return nil
}

// noWayBack is what a downgrade does not do.
const noWayBack = "clusters that are already on %s will not go back"

// checkSequence compares the version with the one the channel is on: no step
// down, and no minor in between that clusters could not take.
func (r *channelRules) checkSequence(ctx context.Context, step *step) error {
	present, err := r.session.versionAt(ctx, step.target.at(step.Current))
	if err != nil {
		// A channel that cannot be read is broken for clusters too; moving it
		// is the repair.
		step.note("the present release image could not be read: %v", err)
		return nil
	}
	step.from = present
	from, known := parseVersion(present)
	to, _ := parseVersion(r.tag)
	switch {
	case !known:
		step.note("the present version %q is not a version", present)
		return nil
	case to.compare(from) < 0 && !r.allowDowngrade:
		step.refuse("publish a higher version, or allow the step down with --allow-downgrade",
			"%s is on %s, and "+noWayBack, step.channel, present, present)
		return nil
	case to.compare(from) < 0:
		step.note("a step down from %s was allowed: "+noWayBack, present, present)
		return nil
	case step.channel == module.LTS || from.follows(to): // lts takes any higher version
		return nil
	}
	return r.checkChain(ctx, step, from, to)
}

// checkChain looks for the versions in between in the bundle repository, which
// is the list that the controller goes through, and for bridges over what is
// missing.
func (r *channelRules) checkChain(ctx context.Context, step *step, from, to version) error {
	tags, err := r.session.allTags(ctx, r.repository.BundleRepo())
	if err != nil {
		return err
	}
	way := wayBetween(tags, from, to)
	for i, after := range way[1:] {
		before := way[i]
		if before.follows(after) {
			continue
		}
		bridged, err := r.isBridged(ctx, step, before, way[i+1:])
		if err != nil {
			return err
		}
		if !bridged && step.Desired == "" {
			step.note("nothing is published between %s and %s; refused after the build if update.versions does not bridge that", before, after)
			return nil
		}
		if !bridged {
			step.refuse(fmt.Sprintf("publish the versions in between, or add update.versions with to: %d.%d to module.yaml of %s", after.major, after.minor, after),
				"clusters on %s cannot reach %s: nothing is published between %s and %s", from, to, before, after)
			return nil
		}
	}
	return nil
}

// wayBetween are the versions that clusters take from one version to another,
// both included: the highest patch of every published minor, the last one cut
// to the target (deckhouse, module_release_fetcher.go, getNewVersions).
func wayBetween(tags []string, from, to version) []version {
	way := []version{from}
	add := func(v version) {
		if last := way[len(way)-1]; last.sameMinor(v) && len(way) > 1 {
			way = way[:len(way)-1]
		}
		way = append(way, v)
	}
	for _, tag := range sortVersions(tags) {
		if v, _ := parseVersion(tag); v.compare(from) > 0 && v.compare(to) < 0 {
			add(v)
		}
	}
	add(to)
	return way
}

// isBridged tells whether one of the versions ahead lets clusters jump to it
// from before by its own module.yaml: an entry whose to is the version's minor
// (deckhouse, helpers.go, fromToBridges).
func (r *channelRules) isBridged(ctx context.Context, step *step, before version, ahead []version) (bool, error) {
	for i, v := range ahead {
		ref := step.source
		if i < len(ahead)-1 { // the last one is the version to be promoted
			ref = step.target.at(v.String())
			_, found, err := r.session.head(ctx, ref)
			if err != nil {
				return false, err
			}
			if !found {
				continue // contract rule 8
			}
		} else if step.Desired == "" {
			return false, nil // and is not built yet
		}
		files, err := r.session.Files(ctx, ref.String(), "module.yaml")
		if err != nil {
			return false, err
		}
		definition, err := module.ParseDefinition(files["module.yaml"])
		if err != nil {
			continue // contract rule 12 says so; here it means: no bridge
		}
		if slices.ContainsFunc(definition.Update.Versions, func(jump module.UpdateVersion) bool {
			low, okLow := parseVersion(jump.From)
			high, okHigh := parseVersion(jump.To)
			return okLow && okHigh && high.sameMinor(v) &&
				(before.compare(low) >= 0 || before.sameMinor(low)) && before.compare(high) < 0
		}) {
			return true, nil
		}
	}
	return false, nil
}

// note adds a reason to a step that is done all the same.
func (s *step) note(format string, args ...any) {
	s.Reason = strings.TrimPrefix(s.Reason+"; "+fmt.Sprintf(format, args...), "; ")
}
