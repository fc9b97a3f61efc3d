package cli

import (
	"fmt"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/publish"
)

// publishedJSON is the machine form of what build, publish and promote did.
type publishedJSON struct {
	Module     string               `json:"module"`
	Tag        string               `json:"tag"`
	Repository string               `json:"repository"`
	Images     []build.Image        `json:"images"`
	Writes     []publish.Write      `json:"writes"`
	Violations []contract.Violation `json:"violations"`
	Findings   []lint.Finding       `json:"findings"`
}

func resultJSON(r *pipeline.Result) publishedJSON {
	out := publishedJSON{
		Module: r.Repository.Name, Tag: r.Tag, Repository: r.Repository.String(),
		Images: []build.Image{}, Writes: orEmpty(r.Writes), Violations: orEmpty(r.Violations),
		Findings: orEmpty(r.Findings),
	}
	if r.Build != nil {
		out.Images = orEmpty(r.Build.Images)
	}
	return out
}

// count is a number of things in words.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// orEmpty makes a missing list [] instead of null in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
