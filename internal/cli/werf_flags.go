package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship/modship/internal/werfenv"
)

// werfFlags are the flags of werf that help shows, each with a line about it.
// All others work too.
var werfFlags = map[string]string{
	"add-custom-tag":            "also push final images under this tag, such as %image%-`TAG`; repeatable ($WERF_ADD_CUSTOM_TAG_*)",
	"cache-repo":                "`REPOSITORY` to read stages from and to write them to, as a cache; repeatable ($WERF_CACHE_REPO_*)",
	"config":                    "configuration `FILE` ($WERF_CONFIG; default: werf.yaml)",
	"container-registry-mirror": "`MIRROR` of docker.io, with Buildah only; repeatable",
	"dev":                       "build uncommitted files too, for development ($WERF_DEV)",
	"dir":                       "project `DIRECTORY` ($WERF_DIR; default: the directory of werf.yaml, searched upwards)",
	"docker-config":             "`DIRECTORY` of Docker's configuration ($WERF_DOCKER_CONFIG, $DOCKER_CONFIG; default: ~/.docker)",
	"env":                       "`ENVIRONMENT` that the templates see, such as the edition ($WERF_ENV)",
	"final-repo":                "`REPOSITORY` that final images are copied to ($WERF_FINAL_REPO)",
	"git-work-tree":             "git work tree `DIRECTORY` ($WERF_WORK_TREE; default: the one around the project)",
	"insecure-registry":         "use plain HTTP for registries ($WERF_INSECURE_REGISTRY)",
	"loose-giterminism":         "let templates read files and variables that werf-giterminism.yaml does not allow",
	"platform":                  "`OS/ARCH` to build for; repeatable ($WERF_PLATFORM, $DOCKER_DEFAULT_PLATFORM)",
	"check-built-images":        "fail instead of building an image that the repository does not have ($WERF_CHECK_BUILT_IMAGES)",
	"secondary-repo":            "`REPOSITORY` to read stages from; repeatable ($WERF_SECONDARY_REPO_*)",
	"skip-tls-verify-registry":  "do not check certificates of registries ($WERF_SKIP_TLS_VERIFY_REGISTRY)",
	"synchronization":           "`ADDRESS` of the server that synchronizes builds on several machines ($WERF_SYNCHRONIZATION)",
}

// werfReplaced are the flags of `werf build` that modship does not have, and
// what to do instead; a name that ends with a dash stands for all that begin
// with it. docs/cli.md lists them too.
var werfReplaced = map[string]string{
	"repo":               "A module is pushed to <source>/<name>: give --source and --name, or set WERF_REPO.",
	"tmp-dir":            "Set WERF_TMP_DIR.",
	"config-render-path": "`werf config render` writes the rendered configuration.",
	"follow":             "Run modship again after a change; unchanged images are reused.",
	"log-":               "Set WERF_LOG_DEBUG=1 and the like for werf's log; --progress chooses the display.",
	"kube-":              "modship never talks to a cluster: leave this flag out.",
}

// insteadOfWerf returns what to do in place of a flag that `werf build` has and
// modship does not, or "".
func insteadOfWerf(name string) string {
	prefix, _, _ := strings.Cut(name, "-")
	return cmp.Or(werfReplaced[name], werfReplaced[prefix+"-"])
}

// addWerf adds the flags of `werf build`, which werf's own code reads.
func (c *common) addWerf(cmd *cobra.Command) {
	c.bindWerf().VisitAll(func(f *pflag.Flag) {
		if werfReplaced[f.Name] == "" && cmd.Flags().Lookup(f.Name) == nil {
			addWerfFlag(cmd, f)
		}
	})
}

// addWerfOnly adds the named flags of werf.
func (c *common) addWerfOnly(cmd *cobra.Command, names ...string) {
	flags := c.bindWerf()
	for _, name := range names {
		addWerfFlag(cmd, flags.Lookup(name))
	}
}

func (c *common) bindWerf() *pflag.FlagSet {
	flags, err := werfenv.NewFlags()
	if err != nil {
		panic(err) // werf declares its flags wrongly: no input can cause this
	}
	c.flags = flags
	return flags.FlagSet()
}

// addWerfFlag adds a flag of werf with a usage of one line; flags that help does
// not show are hidden.
func addWerfFlag(cmd *cobra.Command, f *pflag.Flag) {
	copied := *f
	if usage, shown := werfFlags[f.Name]; shown {
		copied.Usage = usage
	} else {
		copied.Hidden = true
	}
	if copied.Shorthand != "" && cmd.Flags().ShorthandLookup(copied.Shorthand) != nil {
		copied.Shorthand = ""
	}
	cmd.Flags().AddFlag(&copied)
}
