package werfenv

import (
	"fmt"
	"os"
	"slices"
)

// variables are changes of the process's environment that last as long as werf
// is open: what one run sets must not decide the settings of the next one in
// the same process.
type variables struct {
	before []variable
	unset  []string
}

// set gives a variable a value.
func (v *variables) set(name, value string) error {
	if before, isSet := os.LookupEnv(name); isSet {
		v.before = append(v.before, variable{name, before})
	} else {
		v.unset = append(v.unset, name)
	}
	if err := os.Setenv(name, value); err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	return nil
}

// restore gives all variables their values from before the first change.
func (v *variables) restore() {
	for _, name := range v.unset {
		_ = os.Unsetenv(name) // fails for impossible names only
	}
	for _, v0 := range slices.Backward(v.before) {
		if !slices.Contains(v.unset, v0.name) {
			_ = os.Setenv(v0.name, v0.value)
		}
	}
}
