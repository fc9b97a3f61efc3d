package pipeline

import (
	"fmt"

	"github.com/google/renameio/v2"
)

// writeReport writes werf's build report to a file, if one is named; werf
// itself writes the one of WERF_SAVE_BUILD_REPORT.
func writeReport(file string, report []byte) error {
	if file == "" {
		return nil
	}
	if err := renameio.WriteFile(file, report, 0o644); err != nil {
		return fmt.Errorf("write build report: %w", err)
	}
	return nil
}
