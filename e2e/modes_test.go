package e2e

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// TestModesAffect changes nothing but modes of files and builds: what graph
// --affected-since says is exactly what gets another content digest.
func TestModesAffect(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	s := newSubject(t, "dockerfile-staged", rand.New(rand.NewPCG(1, 1)))
	commit := func(what string) *observation {
		t.Helper()
		if err := modulerepo.Commit(t.Context(), s.dir, what); err != nil {
			t.Fatal(err)
		}
		o := s.observe(t)
		for _, wrong := range o.check() {
			t.Errorf("%s: %s", what, wrong)
		}
		return o
	}
	// What imports from a changed image may be the same for all that: spared.
	chmod := func(file string, spared []string, changed ...string) {
		t.Helper()
		path := filepath.Join(s.dir, file)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, info.Mode()^0o111); err != nil {
			t.Fatal(err)
		}
		o := commit("mode of " + file)
		var affected []string
		for _, i := range o.affected.Images {
			affected = append(affected, i.Name)
		}
		slices.Sort(affected)
		want := slices.Sorted(slices.Values(slices.Concat(spared, changed)))
		if diff := cmp.Diff([2][]string{want, changed}, [2][]string{affected, o.changed()}); diff != "" {
			t.Errorf("mode of %s (affected, changed):\n%s", file, diff)
		}
	}
	replace := func(file, from, to string) {
		t.Helper()
		text := s.read(t, file)
		if !strings.Contains(text, from) {
			t.Fatalf("%s does not hold %q", file, from)
		}
		s.write(t, file, strings.Replace(text, from, to, 1))
		commit(file)
	}
	s.observe(t)
	chmod("images/plain/greet.sh", nil)              // COPY of the file
	chmod("images/staged/cmd/text.txt", nil)         // staged
	chmod("templates/namespace.yaml", nil, "bundle") // git without stageDependencies
	replace("images/plain/Dockerfile", "COPY greet.sh .", "COPY . .")
	chmod("images/plain/greet.sh", nil, "bundle", "images-digests", "plain", "staged")
	replace("werf.yaml", "image: version\n", "image: version\ngit:\n- {add: /images/staged, to: /staged, stageDependencies: {setup: 'cmd/*.txt'}}\n")
	chmod("images/staged/cmd/text.txt", []string{"release-channel-version"}, "version")
}
