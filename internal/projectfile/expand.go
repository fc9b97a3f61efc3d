package projectfile

import (
	"fmt"
	"os"
	"strings"
)

// UnsetError reports a variable that a value needs and that is not set.
type UnsetError struct{ Name string }

// Error names the variable and how to give it a default.
func (e *UnsetError) Error() string {
	return fmt.Sprintf("the variable %s is not set: set it, or write ${%s:-default}", e.Name, e.Name)
}

// Expand replaces ${NAME} and ${NAME:-default} in a value. The default also
// stands in for a variable that is set and empty. The error is an *[UnsetError].
func Expand(value string, lookup func(name string) (string, bool)) (string, error) {
	var missing string
	expanded := os.Expand(value, func(expression string) string {
		name, fallback, hasFallback := strings.Cut(expression, ":-")
		v, set := lookup(name)
		switch {
		case name == "$": // "$$" is a dollar sign
			return "$"
		case hasFallback && v == "":
			return fallback
		case !set && missing == "":
			missing = name
		}
		return v
	})
	if missing != "" {
		return "", &UnsetError{Name: missing}
	}
	return expanded, nil
}
