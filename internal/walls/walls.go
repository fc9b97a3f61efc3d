package walls

// Wall is what one package of modship may import in its non-test files. It
// holds for the packages in its subdirectories too, unless they have a row of
// their own.
type Wall struct {
	// Package is the path below the module, such as pkg/graph.
	Package string
	// Ours are the packages of modship that it may import, subdirectories
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
	ours      = "github.com/modship/modship/"
	werf      = "github.com/werf/"
	werfBuild = "github.com/werf/werf/v2/pkg/build"
	nelm      = "github.com/werf/nelm/"
	nelmHelm  = nelm + "pkg/helm/pkg/"
	ggcr      = "github.com/google/go-containerregistry/"
	cobra     = "github.com/spf13/cobra"
	semver    = "github.com/Masterminds/semver/v3"
	yaml      = "sigs.k8s.io/yaml"
	goyaml    = "go.yaml.in/yaml/v3"
	sys       = "golang.org/x/sys"

	levenshtein = "github.com/agext/levenshtein"
	doublestar  = "github.com/bmatcuk/doublestar/v4"
)

// Reserved is an import path that only some packages of modship may import in
// their non-test files.
type Reserved struct {
	Path string   // prefix of import paths
	For  []string // packages of modship, the packages below them included
}

// Reservations returns the import paths that are kept to an edge of the program,
// whatever the rows of [Walls] allow.
func Reservations() []Reserved {
	return []Reserved{
		{Path: "github.com/werf/werf/", For: []string{"internal/werfenv", "internal/build", "internal/werferr", "pkg/werfcfg", "internal/werfcli"}},
		{Path: nelm, For: []string{"internal/chart"}},
		{Path: cobra, For: []string{"internal/cli", "internal/docgen", "internal/release", "internal/werfenv", "internal/werfcli"}},
		// The program and its data belong to the binary: libraries can do without.
		// pkg/werfcfg needs werf's edge.
		{Path: ours + "internal/", For: []string{"cmd", "internal", "pkg/werfcfg"}},
		{Path: ours + "internal/exit", For: []string{"internal"}},
	}
}

// Walls has a row for every package of the program and of its tools.
func Walls() []Wall {
	return []Wall{
		{Package: "cmd/modship", Ours: []string{"internal/cli", "internal/build/isolate", "internal/chart", "internal/werfenv"}, Foreign: []string{}},
		{Package: "internal/cli", Never: []string{werf, ggcr}},
		{Package: "internal/pipeline", Never: []string{werf, ggcr}, Ours: []string{
			"internal/build", "internal/chart", "internal/lint", "pkg/contract", "internal/exit", "internal/git", "pkg/graph", "pkg/schedule", "pkg/module", "pkg/publish", "pkg/remote",
			"internal/localregistry", "internal/settings", "pkg/werfcfg", "internal/werfenv", "internal/werfsrc",
			"internal/fetch", "internal/logins", "internal/disk",
		}},
		{Package: "pkg/module", Ours: []string{}, Foreign: []string{semver, goyaml, levenshtein, "github.com/ettle/strcase", "github.com/huandu/xstrings", "github.com/iancoleman/strcase"}},
		{Package: "internal/exit", Ours: []string{"internal/werferr"}, Foreign: []string{}},
		{Package: "internal/werferr", Ours: []string{"internal/werfsrc", "pkg/graph"}, Foreign: []string{}},
		{Package: "internal/werfsrc", Ours: []string{}, Foreign: []string{yaml}},
		{Package: "internal/git", Ours: []string{"internal/exit"}, Foreign: []string{}},
		{Package: "internal/ci", Ours: []string{}, Foreign: []string{}},
		{Package: "internal/login", Ours: []string{}, NeverReached: []string{werf, cobra}},
		{Package: "internal/projectfile", Ours: []string{"pkg/graph"}, Foreign: []string{"github.com/santhosh-tekuri/jsonschema/v6", "go.yaml.in/yaml/v3"}},
		{Package: "internal/fetch", Ours: []string{"internal/git", "internal/projectfile"}, Foreign: []string{yaml, "github.com/bmatcuk/doublestar/v4"}},
		{Package: "internal/scaffold", Ours: []string{"internal/projectfile", "pkg/module"}, Foreign: []string{"go.yaml.in/yaml/v3"}},
		{
			Package: "internal/settings", Ours: []string{"pkg/module", "internal/ci", "internal/exit", "internal/git", "internal/projectfile"}, NeverReached: []string{werf, ggcr, cobra},
			Foreign: []string{semver, "github.com/adrg/xdg", "github.com/gofrs/flock"},
		},
		{Package: "pkg/internal/topo", Ours: []string{}, Foreign: []string{}},
		{Package: "pkg/graph", Ours: []string{"pkg/internal/topo"}, Foreign: []string{levenshtein, doublestar}},
		{Package: "pkg/graph/internal/sample", Ours: []string{"pkg/graph"}, Foreign: []string{}},
		{Package: "pkg/graph/render", Ours: []string{"pkg/graph", "pkg/graph/render/layout", "pkg/schedule"}, Foreign: []string{}},
		{Package: "pkg/graph/render/layout", Ours: []string{}, Foreign: []string{}},
		{Package: "pkg/schedule", Ours: []string{"pkg/internal/topo"}, Foreign: []string{}},
		{Package: "internal/progress", Ours: []string{"pkg/schedule"}, NeverReached: []string{werf, ggcr, cobra}},
		{Package: "internal/werfenv", Ours: []string{"internal/ci", "internal/exit", "internal/build/helper", "internal/build/start"}, Never: []string{werfBuild, ggcr}},
		{Package: "pkg/werfcfg", Ours: []string{"pkg/graph", "pkg/module", "internal/werfenv", "internal/werferr", "internal/werfsrc"}, Never: []string{werfBuild, ggcr}},
		{Package: "internal/build", Ours: []string{"internal/build", "internal/exit", "internal/git", "pkg/graph", "pkg/schedule", "pkg/werfcfg", "internal/werfenv", "internal/werferr"}, Never: []string{ggcr}},
		// It has to be initialised before what it imports could be.
		{Package: "internal/build/start", Ours: []string{"internal/build/helper"}, Foreign: []string{}},
		{Package: "internal/build/isolate", Ours: []string{"internal/exit"}, Foreign: []string{sys}},
		{Package: "internal/build/helper", Ours: []string{}, Foreign: []string{}},
		{Package: "internal/build/helper/pack", Ours: []string{}, Foreign: []string{"github.com/klauspost/compress"}},
		{Package: "internal/build/helper/program", Ours: []string{"internal/build/start"}, Foreign: []string{"github.com/containers/"}},
		{Package: "pkg/internal/errkind", Ours: []string{}, Foreign: []string{}},
		{Package: "pkg/remote", Ours: []string{"pkg/module", "pkg/internal/errkind"}, NeverReached: []string{werf, cobra}},
		{Package: "pkg/publish", Ours: []string{"pkg/module", "pkg/remote", "pkg/internal/errkind"}, NeverReached: []string{werf, cobra}},
		{Package: "pkg/prune", Ours: []string{"pkg/module", "pkg/remote", "pkg/internal/errkind"}, NeverReached: []string{werf, cobra}},
		{Package: "internal/logins", Ours: []string{"pkg/remote"}, Foreign: []string{}},
		{Package: "internal/chart", Ours: []string{"internal/manifest", "pkg/module"}, Foreign: []string{nelmHelm, yaml, "github.com/google/renameio/v2"}, NeverReached: []string{"github.com/werf/werf/", cobra, ggcr}},
		{Package: "internal/kube", Ours: []string{}, Foreign: []string{levenshtein, "k8s.io/apimachinery/pkg/api/resource", "k8s.io/apimachinery/pkg/api/validation/path", "k8s.io/apimachinery/pkg/util/validation"}},
		{Package: "internal/kube/gen", Ours: []string{"internal/kube"}, Foreign: []string{}},
		{Package: "internal/manifest", Ours: []string{}, Foreign: []string{yaml, goyaml}},
		{
			Package: "internal/lint", Ours: []string{"internal/chart", "internal/kube", "internal/manifest", "internal/render", "pkg/contract", "pkg/module"}, NeverReached: []string{"github.com/werf/werf/", cobra},
			Foreign: []string{semver, yaml, goyaml, "github.com/santhosh-tekuri/jsonschema/v6", "k8s.io/apiextensions-apiserver/pkg", "k8s.io/apimachinery/pkg", "golang.org/x/text"},
		},
		{Package: "internal/render", Ours: []string{"internal/chart", "internal/kube", "internal/manifest", "pkg/module"}, Foreign: []string{yaml, "golang.org/x/sync"}},
		{Package: "internal/watch", Ours: []string{}, Foreign: []string{"github.com/fsnotify/fsnotify"}},
		{Package: "internal/disk", Ours: []string{"internal/exit", "internal/localregistry", "internal/settings", "pkg/module", "pkg/prune", "pkg/remote"}, NeverReached: []string{werf, cobra}},
		{Package: "pkg/contract", Ours: []string{"pkg/module", "pkg/contract/internal"}, Never: []string{ggcr}, NeverReached: []string{werf, cobra}},
		{Package: "pkg/contract/internal/artifact", Ours: []string{"pkg/module"}, Foreign: []string{}},
		{Package: "pkg/contract/internal/templates", Ours: []string{"pkg/module", "pkg/contract/internal/artifact"}, Foreign: []string{}},
		{Package: "pkg/contract/internal/signature", Ours: []string{}, Foreign: []string{}},
		{Package: "pkg/contract/internal/schema", Ours: []string{"pkg/module"}, Foreign: []string{yaml, "github.com/go-openapi/spec"}},
		{Package: "internal/localregistry", Ours: []string{}, NeverReached: []string{werf}},

		{Package: "internal/registrytest", Ours: []string{"pkg/module", "internal/localregistry"}, NeverReached: []string{werf}},
		{Package: "internal/baseimage", Ours: []string{"internal/baseimage"}, NeverReached: []string{werf}},
		{Package: "internal/demo", Ours: []string{"internal/baseimage", "internal/exit", "internal/localregistry", "internal/settings"}, Foreign: []string{}},
		{Package: "internal/docgen", Ours: []string{}, Foreign: []string{"github.com/spf13/"}},
		{Package: "internal/release", Ours: []string{"internal/cli"}, Foreign: []string{cobra}},
		{Package: "internal/walls", Ours: []string{}, Foreign: []string{}},
		{Package: "internal/werfcli", Ours: []string{"internal/build/isolate", "internal/build/start", "internal/werfcli"}},
	}
}
