package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// subjects are the modules of the property test: stapel images that watch
// files, artifacts, attestations, Dockerfiles with and without stages.
var subjects = []string{"echo", "old-artifact", "inlined", "dockerfile-staged"}

// TestPlanHolds makes random edits to modules, one after the other. After each
// it asks what a build will do (plan) and which images the edit affects (graph
// --affected-since), builds, and compares: what the build does is never outside
// the plan, the plan writes nothing, and an image that changed was affected.
//
// MODSHIP_PROPERTY_RUNS is the number of edits (32 unless set) and
// MODSHIP_PROPERTY_SEED where their order begins (1).
func TestPlanHolds(t *testing.T) {
	needBuilds(t)
	runs, seed := number(t, "MODSHIP_PROPERTY_RUNS", 32), number(t, "MODSHIP_PROPERTY_SEED", 1)
	counts := newTally()
	t.Cleanup(func() { t.Logf("seed %d\n%s", seed, counts) })
	for i, name := range subjects {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSubject(t, name, rand.New(rand.NewPCG(uint64(seed), uint64(i))))
			s.step(t, edit{name: "first build", apply: edits[0].apply}, counts)
			for range (runs + len(subjects) - 1 - i) / len(subjects) {
				s.step(t, edits[s.random.IntN(len(edits))], counts)
			}
		})
	}
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q, want a number", variable, text)
	}
	return n
}

// A subject is a module that is edited and built again and again.
type subject struct {
	shape
	random   *rand.Rand
	registry *testRegistry
	home     *home
	dir      string

	edits       int      // texts made so far
	version     int      // patch number of the module tag
	repository  int      // 0 or 1
	commits     []string // that were built
	uncommitted bool     // the last edit is in no commit

	last     map[string]string // content digest of each image of the last build
	lastFrom string            // what besides the commit was the same for it
}

func newSubject(t *testing.T, name string, random *rand.Rand) *subject {
	t.Helper()
	s := &subject{shape: shapeNamed(name), random: random, registry: newRegistry(t, localregistry.Options{}), home: newHome(t)}
	s.registry.pushBase(t)
	s.registry.takeWrites()
	s.dir = s.repo(t, s.registry.Addr())
	return s
}

func (s *subject) tag() string { return fmt.Sprintf("v1.0.%d", s.version) }

func (s *subject) source() string {
	return fmt.Sprintf("%s/modules%d", s.registry.Addr(), s.repository)
}

// modship runs a command with the settings of the module.
func (s *subject) modship(t *testing.T, command string, args ...string) string {
	t.Helper()
	args = append([]string{command, "--source", s.source(), "--tag", s.tag(), "--format", "json"}, args...)
	return s.home.with(s.env...).with("CI_COMMIT_REF_NAME="+s.tag()).modship(t, s.dir, args...)
}

func (s *subject) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", s.dir}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// ignores reports whether git ignores the file.
func (s *subject) ignores(t *testing.T, file string) bool {
	t.Helper()
	return s.git(t, "ls-files", "--", file) == ""
}

// step applies an edit, or another one where there is nothing to edit, and
// compares what is foretold with what the build does.
func (s *subject) step(t *testing.T, e edit, counts *tally) {
	t.Helper()
	s.uncommitted = false
	detail, done := e.apply(t, s)
	if !done {
		e = edits[1]
		detail, _ = e.apply(t, s)
	}
	if err := modulerepo.Commit(t.Context(), s.dir, e.name); err != nil {
		t.Fatal(err)
	}
	o := s.observe(t)
	wrong := o.check()
	counts.add(e.name, o)
	t.Logf("%s (%s): %s", e.name, detail, o)
	for _, w := range wrong {
		t.Errorf("after %s (%s), edit %d at commit %s: %s", e.name, detail, len(s.commits), s.commits[len(s.commits)-1], w)
	}
	if len(wrong) > 0 {
		t.Fatalf("plan: %s", o.planText)
	}
}

// observe plans, asks for what is affected, and builds.
func (s *subject) observe(t *testing.T) *observation {
	t.Helper()
	o := &observation{repository: s.source() + "/" + s.name}
	s.registry.takeWrites()
	o.planText = s.modship(t, "plan")
	o.planWrote = s.registry.takeWrites()
	decode(t, o.planText, &o.plan)

	file := filepath.Join(t.TempDir(), "report.json")
	o.built = fromJSON(t, s.modship(t, "build", "--progress", "quiet", "--report", file))
	report, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, string(report), &o.report)

	o.before, o.after = s.last, map[string]string{}
	for name, image := range o.built {
		o.after[name] = contentDigest(image.Ref)
	}
	if from := s.source() + " " + s.tag(); from == s.lastFrom && !s.uncommitted {
		decode(t, s.modship(t, "graph", "--all", "--affected-since", "HEAD~1"), &o.affected)
		o.comparable = true
	} else {
		s.lastFrom = from
	}
	s.last = o.after
	s.commits = append(s.commits, s.git(t, "rev-parse", "HEAD"))
	return o
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// tagBase gives the base image one more tag.
func (r *testRegistry) tagBase(t *testing.T, tag string) {
	t.Helper()
	dir, err := baseimage.SourceDir(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	current, err := baseimage.Tag(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := crane.Tag(r.Addr()+"/base/toolbox:"+current, tag); err != nil {
		t.Fatal(err)
	}
}
