package build

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/werf/werf/v2/pkg/build"

	"github.com/modship/modship/pkg/graph"
)

func newResult(run *graph.Run, report *build.ImagesReport) (*Result, error) {
	r := &Result{Run: run}
	for name, record := range report.Images {
		seconds, err := strconv.ParseFloat(record.BuildTime, 64)
		if err != nil {
			return nil, fmt.Errorf("build report of image %s: build time %q is no number", name, record.BuildTime)
		}
		r.Images = append(r.Images, Image{
			Name: name, Ref: record.DockerImageName, Digest: record.DockerImageDigest,
			Rebuilt: record.Rebuilt, Seconds: seconds, Final: record.Final,
		})
	}
	slices.SortFunc(r.Images, func(a, b Image) int { return compare(a.Name, b.Name) })
	var err error
	if r.Report, err = report.ToJsonData(); err != nil {
		return nil, fmt.Errorf("write build report: %w", err)
	}
	return r, nil
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
