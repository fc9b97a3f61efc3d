package module

import (
	"fmt"
	"regexp"
)

// MaxNameLength is the longest module name that the ModuleSource controller
// does not skip.
const MaxNameLength = 64

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// CheckName reports why name cannot be a module name, or nil: the ModuleSource
// controller skips it, or addon-operator cannot restore it from its values
// key.
func CheckName(name string) error {
	if err := CheckNameSyntax(name); err != nil {
		return err
	}
	return CheckNameCasing(name)
}

// CheckNameSyntax reports why the ModuleSource controller would skip the
// registration tag name: longer than [MaxNameLength], not an RFC 1123 name, or
// the reserved word modules.
func CheckNameSyntax(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("module name is empty")
	case len(name) > MaxNameLength:
		return fmt.Errorf("module name %q is %d characters long, at most %d are allowed", name, len(name), MaxNameLength)
	case name == "modules":
		return fmt.Errorf("module name %q is reserved: the controller skips this tag of a module source", name)
	case !namePattern.MatchString(name):
		return fmt.Errorf("module name %q is not an RFC 1123 name: lower case letters, digits and dashes between them are expected", name)
	}
	return nil
}

// CheckNameCasing reports a name that does not survive the conversion from
// kebab case to camel case and back; the controller refuses to load such a
// module.
func CheckNameCasing(name string) error {
	key := ValuesKey(name)
	if restored := NameFromValuesKey(key); restored != name {
		return fmt.Errorf("module name %q is not restored from its values key %q, which gives %q: rename the module to %q", name, key, restored, restored)
	}
	return nil
}
