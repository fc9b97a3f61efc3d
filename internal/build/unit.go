package build

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/werf/werf/v2/pkg/build"
	"github.com/werf/werf/v2/pkg/build/image"
	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/pkg/graph"
)

// unit is what the schedule starts as one task: an image for one platform,
// together with the hidden images of the stages of a staged Dockerfile.
type unit struct {
	id     string // graph id, with the platform if the image has several
	number int    // place in the order of the ids
	name   string // for people
	image  string
	final  bool
	needs  []string
	sets   [][]*image.Image // built one set after the other
}

// units lays out the selected images and what they need.
func (b *builder) units(ctx context.Context, c *build.Conveyor) ([]unit, error) {
	sets, err := b.config.Werf.GroupImagesByIndependentSets(b.selected)
	if err != nil {
		return nil, b.explain(err)
	}
	var units []unit
	for _, set := range sets {
		for _, img := range set {
			of, err := b.unitsOf(ctx, c, img)
			if err != nil {
				return nil, err
			}
			units = append(units, of...)
		}
	}
	slices.SortFunc(units, func(a, b unit) int { return compare(a.id, b.id) })
	for i := range units {
		units[i].number = i
		for _, set := range units[i].sets {
			for _, img := range set {
				b.git.shareAll(img)
			}
		}
	}
	return units, nil
}

func (b *builder) unitsOf(ctx context.Context, c *build.Conveyor, img config.ImageInterface) ([]unit, error) {
	platforms, err := c.ResolveTargetPlatforms(img.GetName())
	if err != nil {
		return nil, b.explain(err)
	}
	var units []unit
	for _, platform := range platforms {
		u := unit{image: img.GetName(), name: img.GetName(), final: img.IsFinal()}
		u.id = b.unitID(img.GetName(), platform, len(platforms))
		if len(platforms) > 1 {
			u.name += " [" + platform + "]"
		}
		if u.sets, err = b.sets(ctx, c, img, platform); err != nil {
			return nil, err
		}
		for _, need := range b.neededImages(img.GetName()) {
			of, err := c.ResolveTargetPlatforms(need)
			if err != nil {
				return nil, b.explain(err)
			}
			u.needs = append(u.needs, b.unitID(need, platform, len(of)))
		}
		units = append(units, u)
	}
	return units, nil
}

func (b *builder) unitID(name, platform string, platforms int) string {
	id := graph.ID(graph.Image, name)
	if platforms > 1 {
		id += "[" + platform + "]"
	}
	return id
}

// neededImages are the images of the configuration that name needs directly.
func (b *builder) neededImages(name string) []string {
	var names []string
	for _, id := range b.config.Graph.Needs(graph.ID(graph.Image, name)) {
		if n, ok := b.config.Graph.Node(id); ok && n.Kind == graph.Image {
			names = append(names, n.Name)
		}
	}
	return names
}

// sets returns werf's image objects of one image. A staged Dockerfile has one
// for each of its stages, found by laying the Dockerfile out once more: werf
// gives no list of them.
func (b *builder) sets(ctx context.Context, c *build.Conveyor, img config.ImageInterface, platform string) ([][]*image.Image, error) {
	df, ok := img.(*config.ImageFromDockerfile)
	if !ok || !df.Staged {
		return [][]*image.Image{{c.GetImage(platform, img.GetName())}}, nil
	}
	laidOut, err := image.MapDockerfileConfigToImagesSets(ctx, b.config.Werf.Meta, df, platform, false, image.CommonImageOptions{
		Conveyor:           c,
		GiterminismManager: b.config.Giterminism,
		ContainerBackend:   c.ContainerBackend,
		StorageManager:     c.StorageManager,
		ProjectDir:         b.config.Giterminism.ProjectDir(),
		ProjectName:        b.config.Project,
		ContainerWerfDir:   "/.werf",
		TmpDir:             path.Join(b.tmpDir, "layout"),
	})
	if err != nil {
		return nil, fmt.Errorf("lay out the stages of Dockerfile image %s: %w", df.Name, err)
	}
	var sets [][]*image.Image
	for _, set := range laidOut {
		var own []*image.Image
		for _, stage := range set {
			own = append(own, c.GetImage(platform, stage.Name))
		}
		sets = append(sets, own)
	}
	return sets, nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}
