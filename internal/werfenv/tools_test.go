package werfenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/exit"
)

// TestCheckTools: what a build needs and this machine lacks is said by the name
// of the feature, with the way out.
func TestCheckTools(t *testing.T) {
	const elf, bsign, verity = "WERF_SIGN_ELF_FILES", "WERF_BSIGN_ELF_FILES", "WERF_ANNOTATE_LAYERS_WITH_DM_VERITY_ROOT_HASH"
	for name, tc := range map[string]struct {
		mode     string
		variable string
		programs map[string]string // name to output
		want     string            // in the error; empty for none
	}{
		"nothing asked for":        {mode: "native-chroot"},
		"ELF with Buildah":         {mode: "native-chroot", variable: elf, want: "ELF files cannot be signed with Buildah"},
		"ELF with Docker":          {mode: "docker", variable: elf},
		"bsign with Buildah":       {mode: "native-chroot", variable: bsign, want: "ELF files cannot be signed with Buildah"},
		"bsign with Docker":        {mode: "docker", variable: bsign, programs: map[string]string{"bsign": "", "gpg": ""}},
		"bsign is not there":       {mode: "docker", variable: bsign, want: "the program bsign is not installed"},
		"dm-verity without tools":  {mode: "native-chroot", variable: verity, want: "the program mkfs.erofs is not installed"},
		"dm-verity, half of them":  {mode: "docker", variable: verity, programs: map[string]string{"mkfs.erofs": "mkfs.erofs 1.8.10"}, want: "the program veritysetup is not installed"},
		"dm-verity, another":       {mode: "docker", variable: verity, programs: map[string]string{"mkfs.erofs": "mkfs.erofs 1.8.5", "veritysetup": ""}, want: `need mkfs.erofs 1.8.10, found version "1.8.5"`},
		"dm-verity, the right one": {mode: "docker", variable: verity, programs: map[string]string{"mkfs.erofs": "mkfs.erofs (erofs-utils) 1.8.10", "veritysetup": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			for program, output := range tc.programs {
				if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\necho '"+output+"'\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", bin)
			t.Setenv(envMode, tc.mode)
			if tc.variable != "" {
				t.Setenv(tc.variable, "1")
			}
			flags, err := NewFlags()
			if err != nil {
				t.Fatal(err)
			}
			err = checkTools(t.Context(), flags)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) || exit.HintOf(err) == "" {
				t.Errorf("error %v with hint %q, want %q and a way out", err, exit.HintOf(err), tc.want)
			}
		})
	}
}
