package werfenv

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"

	"github.com/werf/werf/v2/cmd/werf/common"

	"github.com/modship/modship/internal/exit"
)

// erofsVersion is the release of mkfs.erofs whose hashes delivery-kit accepts
// (delivery-kit-sdk, pkg/integrity/dmverity.go).
const erofsVersion = "1.8.10"

// checkTools refuses what a build would otherwise notice only after its first
// image is pushed: programs and services that signing and dm-verity need.
func checkTools(ctx context.Context, flags *Flags) error {
	data := flags.data
	if signs, bsigns := common.GetSignELFFiles(data), common.GetBSignELFFiles(data); signs || bsigns {
		if UsesBuildah() {
			return exit.With(exit.Failed, fmt.Errorf("ELF files cannot be signed with Buildah: werf takes the images to sign from a Docker daemon"),
				"Start Docker, or build without --sign-elf-files and --bsign-elf-files (WERF_SIGN_ELF_FILES, WERF_BSIGN_ELF_FILES).")
		}
		if bsigns {
			if err := needPrograms("signing ELF files with bsign", "bsign", "gpg"); err != nil {
				return err
			}
		}
	}
	if data.AnnotateLayersWithDmvVerityRootHash == nil || !*data.AnnotateLayersWithDmvVerityRootHash {
		return nil
	}
	if err := needPrograms("dm-verity annotations", "mkfs.erofs", "veritysetup"); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "mkfs.erofs", "--version").CombinedOutput()
	if found := regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(string(out)); err != nil || found != erofsVersion {
		return exit.With(exit.Failed, fmt.Errorf("dm-verity annotations need mkfs.erofs %s, found version %q", erofsVersion, found),
			"Install erofs-utils "+erofsVersion+", or build without --annotate-layers-with-dm-verity-root-hash.")
	}
	return nil
}

// needPrograms reports the first program that is not installed.
func needPrograms(what string, programs ...string) error {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			return exit.With(exit.Failed, fmt.Errorf("%s: the program %s is not installed", what, program),
				fmt.Sprintf("Install %s, or build without %s.", program, what))
		}
	}
	return nil
}
