package prune

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/registrytest"
)

// fixedPolicies keep the stages of one commit, and young ones.
type fixedPolicies struct {
	commit string
	within time.Duration
	err    error
}

func (p fixedPolicies) KeptStages(_ context.Context, builds map[string]map[string][]string) (map[string]bool, error) {
	kept := map[string]bool{}
	for _, stages := range builds {
		for stage, commits := range stages {
			for _, commit := range commits {
				kept[stage] = kept[stage] || commit == p.commit
			}
		}
	}
	return kept, p.err
}

func (p fixedPolicies) KeepBuiltWithin() time.Duration { return p.within }

// TestPolicies: a stage that the policies keep stays with the stages that it is
// built on, and so does a young one.
func TestPolicies(t *testing.T) {
	r := newRig(t)
	r.publish("echo", "v0.1.0")
	now := time.UnixMilli(1.7e12)
	old := now.AddDate(0, 0, -10)
	repo := r.Repository("echo").BundleRepo()
	base := []registrytest.File{{Name: "base"}}
	for n, image := range map[int][][]registrytest.File{
		1: {base}, 2: {base, {{Name: "kept"}}}, 3: {{{Name: "of another commit"}}}, 4: {{{Name: "without a record"}}},
	} {
		r.Tag(repo+":"+stageTag(n, old), registrytest.Image(t, image...))
	}
	young := stageTag(5, now.Add(-time.Hour))
	r.Tag(repo+":"+young, registrytest.Image(t, []registrytest.File{{Name: "young"}}))
	commit, other := strings.Repeat("a", 40), strings.Repeat("b", 40)
	for _, record := range []string{"meta-app_" + commit + "_" + stageTag(2, old), "meta-app_" + other + "_" + stageTag(3, old)} {
		r.Tag(repo+":"+record, registrytest.Image(t, []registrytest.File{{Name: record}}))
	}
	pruner := New(r.client(), NewOptions{Now: func() time.Time { return now }})
	for _, tt := range []struct {
		name     string
		policies Policies
		want     []string
	}{
		{"none", nil, []string{stageTag(1, old), stageTag(2, old), stageTag(3, old), stageTag(4, old), young}},
		{"a commit", fixedPolicies{commit: commit}, []string{stageTag(3, old), stageTag(4, old), young}},
		{"a commit and an age", fixedPolicies{commit: commit, within: 2 * time.Hour}, []string{stageTag(3, old), stageTag(4, old)}},
		{"everything young", fixedPolicies{within: 30 * 24 * time.Hour}, nil},
	} {
		plan, err := pruner.Plan(t.Context(), Request{Repository: r.Repository("echo"), Stages: true, Policies: tt.policies})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range plan.Deletions {
			got = append(got, strings.TrimPrefix(d.Ref, repo+":"))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	failing := errors.New("no history")
	if _, err := pruner.Plan(t.Context(), Request{Repository: r.Repository("echo"), Stages: true, Policies: fixedPolicies{err: failing}}); !errors.Is(err, failing) {
		t.Errorf("policies that cannot be read: %v", err)
	}
}
