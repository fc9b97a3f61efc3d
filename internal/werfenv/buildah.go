package werfenv

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/buildah"
	"github.com/werf/werf/v2/pkg/werf"
)

// newBuildah opens the embedded Buildah as werf does
// (cmd/werf/common/container_backend.go), with pushes and pulls that are
// repeated ([Persist]).
func newBuildah(ctx context.Context, flags *Flags, mirrors []string) (buildah.Buildah, error) {
	mode, isolation, err := common.GetBuildahMode()
	if err != nil {
		return nil, err
	}
	driver, err := common.GetBuildahStorageDriver()
	if err != nil {
		return nil, err
	}
	opts := buildah.CommonBuildahOpts{
		TmpDir: filepath.Join(werf.GetServiceDir(), "tmp", "buildah"), Isolation: isolation, StorageDriver: driver, RegistryMirrors: mirrors,
		Insecure: *flags.data.InsecureRegistry || *flags.data.SkipTlsVerifyRegistry,
	}
	if !opts.Insecure {
		if opts.InsecureRegistries, err = common.GetInsecureRegistryHosts(ctx, flags.data, *mode); err != nil {
			return nil, fmt.Errorf("get the insecure registries: %w", err)
		}
		if opts.StandaloneInsecureRegistries, err = buildah.GetStandaloneInsecureRegistriesFromConfig(ctx); err != nil {
			return nil, fmt.Errorf("get the insecure registries of the containers configuration: %w", err)
		}
	}
	b, err := buildah.NewBuildah(*mode, buildah.BuildahOpts{CommonBuildahOpts: opts})
	if err != nil {
		return nil, err
	}
	return persistent{b}, nil
}
