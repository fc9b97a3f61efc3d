package module

import (
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// Definition is a module.yaml: what the controller (deckhouse,
// moduletypes.Definition) and the linter dmt read of it.
type Definition struct {
	Name           string        `json:"name"`
	Namespace      string        `json:"namespace,omitempty"`
	Critical       bool          `json:"critical,omitempty"`
	Weight         uint32        `json:"weight,omitempty"` // 0 means the controller's default, 900
	Tags           []string      `json:"tags,omitempty"`
	Subsystems     []string      `json:"subsystems,omitempty"`
	Stage          string        `json:"stage,omitempty"`
	ExclusiveGroup string        `json:"exclusiveGroup,omitempty"`
	Description    string        `json:"description,omitempty"` // deprecated in favour of Descriptions
	Descriptions   Texts         `json:"descriptions"`
	Requirements   Requirements  `json:"requirements"`
	Accessibility  Accessibility `json:"accessibility"`
	Update         Update        `json:"update"`
	Disable        Disable       `json:"disable"`
}

// Texts is one text in the languages of the documentation site.
type Texts struct {
	English string `json:"en,omitempty"`
	Russian string `json:"ru,omitempty"`
}

// Requirements are semver constraints on the cluster, checked before a release
// is deployed.
type Requirements struct {
	Deckhouse    string            `json:"deckhouse,omitempty"`
	Kubernetes   string            `json:"kubernetes,omitempty"`
	Bootstrapped any               `json:"bootstrapped,omitempty"` // a boolean or its spelling; embedded modules only
	Modules      map[string]string `json:"modules,omitempty"`      // module name to constraint, may end with !optional
}

// Accessibility says in which editions the module is available.
type Accessibility struct {
	Editions map[string]Edition `json:"editions,omitempty"`
}

// Edition says whether a module is available in an edition and in which
// bundles of it the module is enabled by default.
type Edition struct {
	Available        bool     `json:"available"`
	EnabledInBundles []string `json:"enabledInBundles,omitempty"`
}

// Update lists the jumps over minor versions that a release allows.
type Update struct {
	Versions []UpdateVersion `json:"versions,omitempty"`
}

// UpdateVersion is one allowed jump. From and To are X.Y; the controller uses
// an entry only if To is the major.minor of the release that carries it.
type UpdateVersion struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Disable says what a user has to confirm before disabling the module.
type Disable struct {
	Confirmation bool   `json:"confirmation,omitempty"`
	Message      string `json:"message,omitempty"`
	Messages     Texts  `json:"messages"`
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

// ParseDefinition reads a module.yaml. Unknown fields are ignored as the
// controller does; a wrong type of a known field is an error, because it makes
// the controller give up the module.
func ParseDefinition(data []byte) (Definition, error) {
	return parseDefinition(data)
}

// ParseDefinitionStrict reads a module.yaml and reports unknown fields and
// duplicate keys too, as dmt does.
func ParseDefinitionStrict(data []byte) (Definition, error) {
	return parseDefinition(data, yaml.DisallowUnknownFields)
}

func parseDefinition(data []byte, opts ...yaml.JSONOpt) (Definition, error) {
	var def Definition
	unmarshal := yaml.Unmarshal
	if len(opts) > 0 {
		unmarshal = yaml.UnmarshalStrict
	}
	if err := unmarshal(data, &def, opts...); err != nil {
		return Definition{}, fmt.Errorf("module.yaml cannot be read: %s", YAMLReason(err))
	}
	return def, nil
}

// YAMLReason is the text of an error of the YAML library without the names of
// the library's steps and of Go types: what a reader of the file needs.
func YAMLReason(err error) string {
	text := err.Error()
	for _, step := range []string{"error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "json: ", "yaml: "} {
		text = strings.TrimPrefix(text, step)
	}
	return goField.ReplaceAllString(text, "field $1")
}

// goField matches how the JSON library names a field of a Go type.
var goField = regexp.MustCompile(`Go struct field [A-Za-z]*\.([A-Za-z.]+)`)
