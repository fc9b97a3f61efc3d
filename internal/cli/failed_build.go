package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/modship/modship/internal/build"
)

// printFailure prints where the logs of a failed build are, and which images were not
// built: because they need a failed image, or because the failure ended the build.
func printFailure(w io.Writer, err error) {
	var failed *build.Error
	if !errors.As(err, &failed) {
		return
	}
	for _, f := range failed.Failures {
		if f.LogFile != "" {
			fmt.Fprintf(w, "log of %s: %s\n", f.Image, f.LogFile)
		}
	}
	because := map[string][]string{} // failed images to what needs them
	for _, name := range slices.Sorted(maps.Keys(failed.NotBuilt)) {
		causes := slices.Sorted(slices.Values(failed.NotBuilt[name]))
		key := strings.Join(causes, ", ")
		because[key] = append(because[key], name)
	}
	for _, causes := range slices.Sorted(maps.Keys(because)) {
		names := strings.Join(because[causes], ", ")
		if causes == "" {
			fmt.Fprintf(w, "canceled: %s\n", names)
		} else {
			fmt.Fprintf(w, "not built, because %s failed: %s\n", causes, names)
		}
	}
}
