package werfenv

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/modship/modship/internal/exit"
)

// variable is a WERF_* variable of the environment.
type variable struct{ name, value string }

// badVariables finds the variables that werf cannot read. Its panics do not
// always name them, so each is tried alone.
func badVariables() []variable {
	var all, bad []variable
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "WERF_") {
			all = append(all, variable{name, value})
		}
	}
	defer withoutVariables(all)()
	for _, v := range all {
		_ = os.Setenv(v.name, v.value) // it had that value before
		if _, err := declare(); err != nil {
			bad = append(bad, v)
		}
		_ = os.Unsetenv(v.name)
	}
	slices.SortFunc(bad, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	return bad
}

// withoutVariables takes variables out of the environment; the result puts them
// back.
func withoutVariables(list []variable) (restore func()) {
	for _, v := range list {
		_ = os.Unsetenv(v.name) // fails for impossible names only
	}
	return func() {
		for _, v := range list {
			_ = os.Setenv(v.name, v.value)
		}
	}
}

func badVariablesError(bad []variable) error {
	var list, names []string
	for _, v := range bad {
		list = append(list, fmt.Sprintf("%s=%s", v.name, v.value))
		names = append(names, v.name)
	}
	return exit.With(exit.Usage, fmt.Errorf("werf does not understand %s", strings.Join(list, " and ")),
		fmt.Sprintf("Correct or unset %s; `werf build --help` tells which values there are.", strings.Join(names, " and ")))
}
