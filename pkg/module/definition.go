package module

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Definition is a module.yaml: what the controller (deckhouse,
// moduletypes.Definition) and the linter dmt read of it.
type Definition struct {
	Name           string        `yaml:"name"`
	Namespace      string        `yaml:"namespace,omitempty"`
	Critical       bool          `yaml:"critical,omitempty"`
	Weight         uint32        `yaml:"weight,omitempty"` // 0 means the controller's default, 900
	Tags           []string      `yaml:"tags,omitempty"`
	Subsystems     []string      `yaml:"subsystems,omitempty"`
	Stage          string        `yaml:"stage,omitempty"`
	ExclusiveGroup string        `yaml:"exclusiveGroup,omitempty"`
	Description    string        `yaml:"description,omitempty"` // deprecated in favour of Descriptions
	Descriptions   Texts         `yaml:"descriptions"`
	Requirements   Requirements  `yaml:"requirements"`
	Accessibility  Accessibility `yaml:"accessibility"`
	Update         Update        `yaml:"update"`
	Disable        Disable       `yaml:"disable"`
}

// Texts is one text in the languages of the documentation site.
type Texts struct {
	English string `yaml:"en,omitempty"`
	Russian string `yaml:"ru,omitempty"`
}

// Requirements are semver constraints on the cluster, checked before a release
// is deployed.
type Requirements struct {
	Deckhouse    string            `yaml:"deckhouse,omitempty"`
	Kubernetes   string            `yaml:"kubernetes,omitempty"`
	Bootstrapped any               `yaml:"bootstrapped,omitempty"` // a boolean or its spelling; embedded modules only
	Modules      map[string]string `yaml:"modules,omitempty"`      // module name to constraint, may end with !optional
}

// Accessibility says in which editions the module is available.
type Accessibility struct {
	Editions map[string]Edition `yaml:"editions,omitempty"`
}

// Edition says whether a module is available in an edition and in which
// bundles of it the module is enabled by default.
type Edition struct {
	Available        bool     `yaml:"available"`
	EnabledInBundles []string `yaml:"enabledInBundles,omitempty"`
}

// Disable says what a user has to confirm before disabling the module.
type Disable struct {
	Confirmation bool   `yaml:"confirmation,omitempty"`
	Message      string `yaml:"message,omitempty"`
	Messages     Texts  `yaml:"messages"`
}

// Stages of a module, as dmt and the controller know them.
const (
	StageExperimental        = "Experimental"
	StagePreview             = "Preview"
	StageGeneralAvailability = "General Availability"
	StageDeprecated          = "Deprecated"
)

// Stages returns the stages that module.yaml may name.
func Stages() []string {
	return []string{StageExperimental, StagePreview, StageGeneralAvailability, StageDeprecated}
}

// ParseDefinition reads a module.yaml with the YAML library of the controller,
// so that a scalar without quotes counts as it is written: 1.10 in a string
// field is 1.10. Unknown fields are ignored as the controller does; a wrong type
// of a known field is an error, because it makes the controller give up the
// module.
func ParseDefinition(data []byte) (Definition, error) {
	var def Definition
	if err := yaml.Unmarshal(data, &def); err != nil {
		return Definition{}, fmt.Errorf("module.yaml cannot be read: %s", YAMLReason(err))
	}
	return def, nil
}

// YAMLReason returns the text of an error of a YAML library without the names
// of the library's steps and of Go types: what a reader of the file needs.
func YAMLReason(err error) string {
	if mismatch, ok := errors.AsType[*yaml.TypeError](err); ok {
		return yamlMismatch.ReplaceAllStringFunc(strings.Join(mismatch.Errors, "; "), describeMismatch)
	}
	text := err.Error()
	for _, step := range []string{"error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "json: ", "yaml: "} {
		text = strings.TrimPrefix(text, step)
	}
	return goField.ReplaceAllString(text, "field $1")
}

var (
	// goField matches how the JSON library names a field of a Go type.
	goField = regexp.MustCompile(`Go struct field [A-Za-z]*\.([A-Za-z.]+)`)
	// yamlMismatch matches how the YAML library names a value of the wrong type.
	yamlMismatch = regexp.MustCompile("cannot unmarshal !!([a-z]+)( `[^`]*`)? into ([A-Za-z0-9.\\[\\]]+)")
)

// describeMismatch says what the YAML library found and expected in words.
func describeMismatch(text string) string {
	parts := yamlMismatch.FindStringSubmatch(text)
	return fmt.Sprintf("expected %s, found %s%s", yamlKind(parts[3]), yamlKind(parts[1]), parts[2])
}

// yamlKind names a tag of YAML or a Go type.
func yamlKind(name string) string {
	switch {
	case name == "str" || name == "string":
		return "text"
	case name == "seq" || strings.HasPrefix(name, "[]"):
		return "a list"
	case name == "bool":
		return "true or false"
	case name == "int" || name == "uint32" || name == "float":
		return "a number"
	default:
		return "a mapping"
	}
}
