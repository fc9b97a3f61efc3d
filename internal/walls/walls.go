package walls

// Wall is what one package of modship may import in its non-test files. It
// holds for the packages in its sub-folders too, unless they have a row of
// their own.
type Wall struct {
	// Package is the path below the module, such as pkg/graph.
	Package string
	// Ours are the packages of modship that it may import, sub-folders
	// included; nil means any, empty none.
	Ours []string
	// Foreign are the prefixes of import paths outside the standard library
	// that it may import; nil means any, empty none.
	Foreign []string
	// Never are prefixes of import paths that it must not import itself.
	Never []string
	// NeverReached are prefixes that it must not import through others either.
	NeverReached []string
}

// The import paths that walls are about.
const (
	werf      = "github.com/werf/"
	werfBuild = "github.com/werf/werf/v2/pkg/build"
	nelm      = "github.com/werf/nelm/"
	nelmHelm  = nelm + "pkg/helm/pkg/"
	ggcr      = "github.com/google/go-containerregistry/"
	cobra     = "github.com/spf13/cobra"
	semver    = "github.com/Masterminds/semver/v3"
	yaml      = "sigs.k8s.io/yaml"
	sys       = "golang.org/x/sys"
)

// Walls has a row for every package that the program is made of.
func Walls() []Wall {
	return []Wall{
		{Package: "cmd/modship", Ours: []string{"pkg/cli", "pkg/build/start", "pkg/werfenv"}, Foreign: []string{}},
		{Package: "pkg/cli", Never: []string{werf, ggcr}},
		{Package: "pkg/pipeline", Never: []string{cobra, werf, ggcr}, Ours: []string{
			"pkg/build", "pkg/chart", "pkg/contract", "pkg/exit", "pkg/graph", "pkg/module", "pkg/publish",
			"pkg/registry", "pkg/settings", "pkg/werfcfg", "pkg/werfenv",
		}},
		{Package: "pkg/module", Ours: []string{"pkg/exit"}, Foreign: []string{semver, yaml}},
		{Package: "pkg/exit", Ours: []string{}, Foreign: []string{}},
		{Package: "pkg/settings", Ours: []string{"pkg/module", "pkg/exit"}, NeverReached: []string{werf, ggcr, cobra},
			Foreign: []string{semver, "github.com/adrg/xdg", "github.com/gofrs/flock"}},
		{Package: "pkg/graph", Ours: []string{"pkg/graph"}, Foreign: []string{}},
		{Package: "pkg/progress", Ours: []string{"pkg/graph"}, NeverReached: []string{werf, ggcr, cobra}},
		{Package: "pkg/werfenv", Ours: []string{"pkg/exit", "pkg/build/start"}, Never: []string{werfBuild, nelm, ggcr}},
		{Package: "pkg/werfcfg", Ours: []string{"pkg/graph", "pkg/exit", "pkg/module", "pkg/werfenv"}, Never: []string{werfBuild, nelm, ggcr, cobra}},
		{Package: "pkg/build", Ours: []string{"pkg/build", "pkg/exit", "pkg/graph", "pkg/werfcfg", "pkg/werfenv"}, Never: []string{nelm, ggcr, cobra}},
		{Package: "pkg/build/start", Ours: []string{"pkg/exit"}, Foreign: []string{sys}},
		{Package: "pkg/publish", Ours: []string{"pkg/module", "pkg/exit"}, NeverReached: []string{werf, cobra}},
		{Package: "pkg/chart", Ours: []string{"pkg/module"}, Foreign: []string{nelmHelm, yaml}, NeverReached: []string{"github.com/werf/werf/", cobra, ggcr}},
		{Package: "pkg/contract", Ours: []string{"pkg/module", "pkg/publish", "pkg/exit"}, Never: []string{ggcr}, NeverReached: []string{werf, cobra}},
		{Package: "pkg/registry", Ours: []string{}, NeverReached: []string{werf}},
	}
}
