package e2e

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// TestGlobsAffect changes globs of one image and builds: what graph
// --affected-since says is exactly what gets another content digest.
func TestGlobsAffect(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	s := newSubject(t, "echo", rand.New(rand.NewPCG(1, 1)))
	s.observe(t)
	const config = "images/echo-server/werf.inc.yaml"
	for _, tc := range []struct {
		name, from, to string
		affects        bool
	}{
		{"other text, the same files", "'**/*'", "'*'", false},
		{"fewer files", "'*'", "'index.html'", true},
		{"another way to say it", "'index.html'", "'{index,other}.html'", false},
		{"no file any more", "'{index,other}.html'", "'none-*'", true},
		{"still no file", "'none-*'", "'nothing/**'", false},
		{"a second glob that matches nothing", "'nothing/**'", "'nothing/**'\n        - 'none-*'", false},
		{"a stage that is not there", "      install:\n", "      beforeSetup: '*'\n      install:\n", false},
		{"the paths of the entry", "    to: /src\n", "    to: /src\n    excludePaths: [none]\n", true},
		{"all files, one by one", "'nothing/**'\n        - 'none-*'", "'index.html'\n        - 'cgi-bin'", true},
		{"another order", "'index.html'\n        - 'cgi-bin'", "'cgi-bin'\n        - 'index.html'", true},
	} {
		text := s.read(t, config)
		if !strings.Contains(text, tc.from) {
			t.Fatalf("%s: %s does not hold %q", tc.name, config, tc.from)
		}
		s.write(t, config, strings.Replace(text, tc.from, tc.to, 1))
		if err := modulerepo.Commit(t.Context(), s.dir, tc.name); err != nil {
			t.Fatal(err)
		}
		o := s.observe(t)
		for _, wrong := range o.check() {
			t.Errorf("%s: %s", tc.name, wrong)
		}
		if changed := o.changed(); (len(changed) > 0) != tc.affects || (len(o.affected.Images) > 0) != tc.affects {
			t.Errorf("%s: %d images are said to be affected, changed are %q; want any = %t", tc.name, len(o.affected.Images), changed, tc.affects)
		}
	}
}
