package werfenv

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/werf/werf/v2/cmd/werf/common"
)

// Flags are the flags of `werf build`, bound to werf's own option code.
type Flags struct {
	data *common.CmdData
	cmd  *cobra.Command
	bad  error
}

// NewFlags declares the flags. werf takes their defaults from WERF_* at this
// moment: change the environment before, not after.
//
// final-images-only is on unless WERF_FINAL_IMAGES_ONLY says otherwise:
// modules with a catalogue of base images have hundreds that nothing uses.
//
// Variables that werf cannot read count as not set; [Flags.Err] tells of them.
func NewFlags() (*Flags, error) {
	flags, err := declare()
	if err == nil {
		return flags, nil
	}
	bad := badVariables()
	if len(bad) == 0 {
		return nil, err
	}
	defer withoutVariables(bad)()
	if flags, err = declare(); err != nil {
		return nil, err
	}
	flags.bad = badVariablesError(bad)
	return flags, nil
}

// Err is the error of wrong usage for WERF_* variables with values that werf
// does not understand. It is no matter to commands that do without werf.
func (f *Flags) Err() error { return f.bad }

// declare declares werf's flags. werf panics over a variable that it cannot read.
func declare() (flags *Flags, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("declare werf flags: %v", panicked)
		}
	}()
	d := &common.CmdData{}
	cmd := &cobra.Command{Use: "build"}

	for _, setup := range []func(*common.CmdData, *cobra.Command){
		common.SetupDir, common.SetupGitWorkTree, common.SetupConfigTemplatesDir,
		common.SetupConfigRenderPath, common.SetupConfigPath, common.SetupGiterminismConfigPath,
		common.SetupEnvironment, common.SetupGiterminismOptions, common.SetupSSHKey,
		common.SetupSecondaryStagesStorageOptions, common.SetupCacheStagesStorageOptions,
		common.SetupFinalRepo, common.SetupInsecureRegistry, common.StubSetupInsecureHelmDependencies,
		common.SetupSkipTlsVerifyRegistry, common.SetupContainerRegistryMirror,
		common.SetupIntrospectAfterError, common.SetupIntrospectBeforeError, common.SetupIntrospectStage,
		common.SetupAnnotateLayersWithDmVerityRootHash, common.SetupSigningOptions, common.SetupELFSigningOptions,
		common.SetupLogOptions, common.SetupLogProjectDir, common.SetupSynchronization,
		common.SetupSaveBuildReport, common.SetupBuildReportPath, common.SetupAddCustomTag,
		common.SetupVirtualMerge, common.SetupCheckBuiltImages, common.SetupFollow,
		common.SetupDisableAutoHostCleanup, common.SetupAllowedBackendStorageVolumeUsage,
		common.SetupAllowedBackendStorageVolumeUsageMargin, common.SetupAllowedLocalCacheVolumeUsage,
		common.SetupAllowedLocalCacheVolumeUsageMargin, common.SetupBackendStoragePath,
	} {
		setup(d, cmd)
	}
	common.SetupTmpDir(d, cmd, common.SetupTmpDirOptions{})
	common.SetupHomeDir(d, cmd, common.SetupHomeDirOptions{})
	common.SetupRepoOptions(d, cmd, common.RepoDataOptions{OptionalRepo: true})
	common.SetupDockerConfig(d, cmd, "")
	common.SetupParallelOptions(d, cmd, common.DefaultBuildParallelTasksLimit)
	common.SetupProjectName(d, cmd, false)
	d.SetupPlatform(cmd)
	d.SetupBackendNetwork(cmd)
	d.SetupSkipImageSpecStage(cmd)
	d.SetupDebugTemplates(cmd)
	d.SetupFinalImagesOnly(cmd, true)
	d.SetupAllowIncludesUpdate(cmd)
	if err := common.SetupMinimalKubeConnectionFlags(d, cmd); err != nil {
		return nil, fmt.Errorf("declare werf flags: %w", err)
	}
	return &Flags{data: d, cmd: cmd}, nil
}

// FlagSet returns werf's flags, to be added to a command line.
func (f *Flags) FlagSet() *pflag.FlagSet { return f.cmd.Flags() }

// Set gives one of werf's flags a value.
func (f *Flags) Set(name, value string) error {
	if err := f.cmd.Flags().Set(name, value); err != nil {
		return fmt.Errorf("set werf flag --%s: %w", name, err)
	}
	return nil
}

// Data is werf's own option record.
func (f *Flags) Data() *common.CmdData { return f.data }

// RelaxedGiterminism reports whether files outside the commit may enter the
// build (--dev or --loose-giterminism).
func (f *Flags) RelaxedGiterminism() bool { return *f.data.Dev || *f.data.LooseGiterminism }

// RequireBuiltImages reports whether an image that is not in the repository is an
// error. werf v2.69 declares --check-built-images and --require-built-images
// for its build command and then looks at neither; what they say holds here.
func (f *Flags) RequireBuiltImages() bool {
	d := f.data
	return *d.CheckBuiltImages || *d.LegacyCheckBuiltImages || common.GetRequireBuiltImages(d) || envIsTrue("WERF_REQUIRE_BUILT_IMAGES")
}

// envIsTrue reads a variable as werf reads its own.
func envIsTrue(name string) bool {
	switch os.Getenv(name) {
	case "", "0", "false", "no":
		return false
	default:
		return true
	}
}

// introspects reports whether a shell in a failed or named stage was asked for,
// which needs the terminal.
func (f *Flags) introspects() bool {
	return *f.data.IntrospectAfterError || *f.data.IntrospectBeforeError || len(*f.data.StagesToIntrospect) > 0
}
