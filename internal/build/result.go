package build

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/werf/werf/v2/pkg/build"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/schedule"
)

// fill takes the images from werf's build report.
func (r *Result) fill(report *build.ImagesReport, why *reasons) error {
	for name, record := range report.Images {
		seconds, err := strconv.ParseFloat(record.BuildTime, 64)
		if err != nil {
			return fmt.Errorf("build report of image %s: build time %q is no number", name, record.BuildTime)
		}
		r.Images = append(r.Images, Image{
			Name: name, Ref: record.DockerImageName, Digest: record.DockerImageDigest,
			Rebuilt: record.Rebuilt, Seconds: seconds, Final: record.Final, Reason: why.of(name),
		})
	}
	slices.SortFunc(r.Images, func(a, b Image) int { return compare(a.Name, b.Name) })
	var err error
	if r.Report, err = report.ToJsonData(); err != nil {
		return fmt.Errorf("write build report: %w", err)
	}
	return nil
}

// Analyze works out where the time of the build went.
func (r *Result) Analyze() (*schedule.Analysis, error) { return schedule.Analyze(r.Run, r.Tasks) }

// Reused returns the ids of the tasks that found nothing to do.
func (r *Result) Reused() map[string]bool {
	reused := map[string]bool{}
	for _, img := range r.Images {
		if !img.Rebuilt {
			reused[graph.ID(graph.Image, img.Name)] = true
		}
	}
	return reused
}

// Image returns the image of that name.
func (r *Result) Image(name string) (Image, bool) {
	for _, img := range r.Images {
		if img.Name == name {
			return img, true
		}
	}
	return Image{}, false
}
