package build

import (
	"context"
	"errors"
	"testing"

	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/pkg/schedule"
	"github.com/modship/modship/pkg/werfcfg"
)

// TestFirstCause: the same failure is told each time, and not one of those that
// were cancelled because of it.
func TestFirstCause(t *testing.T) {
	b := errors.New("b's own")
	failed := &schedule.Error{Failed: map[string]error{"image:c": errors.New("c's own"), "image:b": b}, Canceled: []string{"image:a"}}
	for range 20 {
		if got := firstCause(failed); !errors.Is(got, b) {
			t.Fatalf("%v, want %v", got, b)
		}
	}
	if got := firstCause(context.Canceled); !errors.Is(got, context.Canceled) {
		t.Errorf("%v, want the error itself", got)
	}
}

// TestUndecided: an image is decided when what it needs is in the repository. A
// copy has no digest yet, which matters to a Dockerfile.
func TestUndecided(t *testing.T) {
	dockerfile := &config.ImageFromDockerfile{Name: "docker"}
	stapel := &config.StapelImage{StapelImageBase: &config.StapelImageBase{Name: "stapel"}}
	werf := config.NewWerfConfig(&config.Meta{}, []config.ImageInterface{dockerfile, stapel})
	p := &planner{builder: &builder{config: &werfcfg.Config{Werf: werf}}, plans: map[string]ImagePlan{
		"there":  {Name: "there", Action: Reuse, Digest: "sha256:1"},
		"copied": {Name: "copied", Action: Reuse},
		"built":  {Name: "built", Action: Rebuild},
		"waits":  {Name: "waits", Action: Deferred},
	}}
	for _, test := range []struct {
		image string
		needs []string
		want  string
	}{
		{"stapel", []string{"there"}, ""},
		{"stapel", []string{"waits", "there", "built"}, "decided after built, waits is built"},
		{"stapel", []string{"copied"}, ""},
		{"docker", []string{"copied", "there"}, "decided after copied is copied from a secondary repository"},
		{"docker", []string{"copied", "built"}, "decided after built is built"},
	} {
		if got := p.undecided(unit{image: test.image, needs: test.needs}); got != test.want {
			t.Errorf("%s with %v: %q, want %q", test.image, test.needs, got, test.want)
		}
	}
}
