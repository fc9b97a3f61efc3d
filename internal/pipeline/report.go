package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
)

// writeReport writes werf's build report to a file, if one is named; werf
// itself writes the one of WERF_SAVE_BUILD_REPORT.
func writeReport(file string, report []byte) error {
	if file == "" {
		return nil
	}
	// Beside the target and renamed, so that a reader never sees half a file.
	temp, err := os.CreateTemp(filepath.Dir(file), ".modship-report-")
	if err != nil {
		return fmt.Errorf("write build report: %w", err)
	}
	defer os.Remove(temp.Name())
	if _, err := temp.Write(report); err != nil {
		_ = temp.Close()
		return fmt.Errorf("write build report: %w", err)
	}
	if err := temp.Close(); err != nil {
		return fmt.Errorf("write build report: %w", err)
	}
	if err := os.Chmod(temp.Name(), 0o644); err != nil {
		return fmt.Errorf("write build report: %w", err)
	}
	return os.Rename(temp.Name(), file)
}
