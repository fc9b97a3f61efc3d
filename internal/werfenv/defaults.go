package werfenv

import (
	"fmt"
	"os"

	"github.com/modship/modship/internal/ci"
)

// SetDefaults sets WERF_* variables of the process, as `werf ci-env` makes a
// shell do. Call it before [NewFlags], which reads them.
func SetDefaults(variables []ci.Value) error {
	for _, v := range variables {
		if err := os.Setenv(v.From, v.Value); err != nil {
			return fmt.Errorf("set %s: %w", v.From, err)
		}
	}
	return nil
}
