package publish

import (
	"context"
	"fmt"
	"slices"

	"github.com/modship/modship/pkg/module"
)

// checkSequence compares the version with the one the channel is on: no step
// down, and nothing on the way that clusters do not get past.
func (r *channelRules) checkSequence(ctx context.Context, step *step) error {
	present, err := r.session.versionAt(ctx, step.target.At(step.Current))
	if err != nil {
		// A channel that cannot be read is broken for clusters too; moving it
		// is the repair.
		step.note("the present release image could not be read: %v", err)
		return nil
	}
	step.from = present
	from, err := module.ReadVersion(present)
	if err != nil {
		step.note("the present version %q is not a version", present)
		return nil
	}
	to, err := module.ReadVersion(r.tag)
	if err != nil {
		return err
	}
	way, err := r.way(ctx, step, module.Upgrade{Channel: step.channel, From: from, To: to})
	if err != nil {
		return err
	}
	for _, obstacle := range way.Obstacles {
		r.meet(step, obstacle)
	}
	return nil
}

// way finds out how clusters go from the channel's version to the new one. It
// reads update.versions only where a minor is missing.
func (r *channelRules) way(ctx context.Context, step *step, upgrade module.Upgrade) (module.Way, error) {
	steps := upgrade.Steps(nil)
	if upgrade.Channel != module.LTS && upgrade.From.LessThan(upgrade.To) && module.CompareMinor(upgrade.From, upgrade.To) != 0 {
		tags, err := r.session.client.AllTags(ctx, r.repository.BundleRepo())
		if err != nil {
			return module.Way{}, err
		}
		steps = upgrade.Steps(module.Versions(tags))
	}
	releases := make([]module.Release, len(steps))
	for i, version := range steps {
		releases[i].Version = version
		if i == len(steps)-1 {
			break // the version to be promoted: the caller knows that it exists
		}
		if err := r.readHistory(ctx); err != nil {
			return module.Way{}, err
		}
		releases[i].Missing = !slices.Contains(r.history.all, module.VersionTag(version))
	}
	if upgrade.HasGap(steps) {
		if err := r.readUpdates(ctx, step, releases); err != nil {
			return module.Way{}, err
		}
	}
	return upgrade.Way(releases), nil
}

// readUpdates reads update.versions of the releases. The last one is the
// version to be promoted, which may not be built yet.
func (r *channelRules) readUpdates(ctx context.Context, step *step, releases []module.Release) error {
	for i := range releases {
		ref, known := step.target.At(module.VersionTag(releases[i].Version)), !releases[i].Missing
		if i == len(releases)-1 {
			ref, known = step.source, step.Desired != ""
		}
		if !known {
			continue
		}
		files, err := r.session.client.Files(ctx, ref.String(), "module.yaml")
		if err != nil {
			return err
		}
		// One that cannot be read has no bridges; contract rule 12 reports it.
		definition, _ := module.ParseDefinition(files["module.yaml"])
		releases[i].Update = definition.Update
	}
	return nil
}

// meet decides what an obstacle on the way of clusters means for a step.
func (r *channelRules) meet(step *step, o module.Obstacle) {
	at, next := module.VersionTag(o.At), module.VersionTag(o.Next)
	switch o.Kind {
	case module.StepDown:
		if r.allowDowngrade {
			step.note("a step down from %s was allowed: "+noWayBack, step.from, step.from)
			return
		}
		step.refuse(StepDown, "publish a higher version",
			"%s is on %s, and "+noWayBack, step.channel, step.from, step.from)
	case module.ReleaseMissing:
		step.refuse(BrokenSequence, fmt.Sprintf("publish %s completely, or delete its bundle tag", next),
			"clusters on %s cannot reach %s: %s, which is on the way, has no release image", step.from, r.tag, next)
	case module.GapReported, module.GapSilent:
		if step.Desired == "" {
			step.note("nothing is published between %s and %s; refused after the build if update.versions does not bridge that", at, next)
			return
		}
		step.refuse(BrokenSequence, fmt.Sprintf("publish the versions in between, or add update.versions with to: \"%d.%d\" to module.yaml of %s", o.Next.Major(), o.Next.Minor(), next),
			"clusters on %s cannot reach %s: nothing is published between %s and %s, and no update.versions lead from %s", step.from, r.tag, at, next, at)
	case module.ApprovalNeeded:
		step.note("clusters wait for an approval by hand before they go from %s to %s", at, next)
	case module.SequenceReported:
		step.note("the module source will report a broken sequence from %s to %s, but clusters pass", at, next)
	case module.ControllerCrash:
		step.note("%s has update.versions and %s has none: the controller may crash once on that", at, next)
	}
}

// noWayBack is what a downgrade does not do.
const noWayBack = "clusters that are already on %s will not go back"
