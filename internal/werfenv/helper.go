package werfenv

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/modship/modship/internal/build/helper"
)

// installHelper puts the helper program where Buildah's processes find it, and
// removes those of other versions: a build that runs with one of these goes on
// without it. A build needs none, so that errors are for the log only.
func installHelper() error {
	if helper.Path == "" {
		return nil
	}
	if _, err := os.Stat(helper.Path); err == nil {
		return nil
	}
	others, err := filepath.Glob(filepath.Join(helper.Directory, helper.Prefix+"*"))
	if err != nil {
		return err
	}
	for _, file := range others {
		_ = os.Remove(file)
	}
	return unpack(helper.Compressed(), helper.Path)
}

// unpack writes an executable file, which is complete as soon as it is there.
func unpack(compressed, file string) error {
	program, err := zstd.NewReader(strings.NewReader(compressed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return fmt.Errorf("unpack the helper program: %w", err)
	}
	defer program.Close()
	f, err := os.CreateTemp(filepath.Dir(file), helper.Prefix+"*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, program)
	if err == nil {
		err = f.Chmod(0o755)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("unpack the helper program: %w", err)
	}
	return os.Rename(f.Name(), file)
}
