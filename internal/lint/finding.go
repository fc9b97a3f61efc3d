package lint

import (
	"cmp"
	"slices"

	"github.com/modship/modship/pkg/contract"
)

// Severity says what a finding does.
type Severity string

// The severities. An error breaks an installation; a warning breaks only under
// some condition, or loses something.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is something in a module that does not work.
type Finding struct {
	Check    string   `json:"check"` // the name of a Check, or of a contract rule
	Rule     int      `json:"rule"`  // the number of a contract rule, else 0
	Severity Severity `json:"severity"`
	Artifact string   `json:"artifact"` // the file, or the object and its file
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"` // of the file, 0 if not known
	Object   string   `json:"object,omitempty"`
	Values   string   `json:"values,omitempty"` // the set of values that shows it; empty: all
	Message  string   `json:"message"`
	Fix      string   `json:"fix"`
	Waived   bool     `json:"waived,omitempty"`
	Reason   string   `json:"reason,omitempty"` // why it is waived
}

// Check is one kind of finding.
type Check struct {
	Name     string
	Severity Severity // of most findings
	Finds    string   // what it finds
	Fix      string   // what to do about it
}

// The names of the checks.
const (
	TemplateFails    = "template-fails"
	InvalidYAML      = "invalid-yaml"
	DuplicateKey     = "duplicate-key"
	DuplicateObject  = "duplicate-object"
	UnknownField     = "unknown-field"
	WrongType        = "wrong-type"
	MissingField     = "missing-field"
	BadValue         = "bad-value"
	FieldVersion     = "field-version"
	APIVersion       = "api-version"
	InvalidName      = "invalid-name"
	InvalidLabel     = "invalid-label"
	MissingReference = "missing-reference"
	MissingPort      = "missing-port"
	SelectorMismatch = "selector-mismatch"
	InvalidCRD       = "invalid-crd"
	InvalidHook      = "invalid-hook"
	UnknownValue     = "unknown-value"
	InvalidValues    = "invalid-values"
)

// Checks returns all checks, in the order of the documentation.
func Checks() []Check {
	return []Check{
		{TemplateFails, Error, "a template that cannot be rendered", "Correct the template. If it needs a value that only hooks set, give the value an x-examples or list it under x-required-for-helm in openapi/values.yaml."},
		{InvalidYAML, Error, "a template that renders to something other than Kubernetes objects", "Look at the text with `modship render --show-only FILE`; most often the indentation of an included block is wrong."},
		{DuplicateKey, Warning, "a key that an object has twice, so that one value is lost", "Remove one of the two."},
		{DuplicateObject, Error, "two objects of one kind with the same name", "Rename one of them, or render only one."},
		{UnknownField, Error, "a field that the kind does not have", "Correct the name or the indentation, or remove the field."},
		{WrongType, Error, "a value of another type than the field's", "Quote values that have to be strings, and remove the quotes of those that must not be."},
		{MissingField, Error, "a required field that is absent", "Add the field."},
		{BadValue, Error, "a quantity or base64 value that cannot be read", "Correct the value."},
		{FieldVersion, Warning, "a field that some Kubernetes versions of module.yaml's requirements do not have", "Render the field only where .Capabilities.KubeVersion has it, or raise requirements.kubernetes."},
		{APIVersion, Error, "a kind or API version that a Kubernetes version of module.yaml's requirements does not serve", "Use the API version that all supported versions serve, or choose by .Capabilities.APIVersions."},
		{InvalidName, Error, "a name that the API server does not accept", "Correct the name."},
		{InvalidLabel, Error, "a label or annotation that the API server does not accept", "Correct the key or the value."},
		{MissingReference, Error, "a reference to an object of the module that nothing defines", "Add the object, correct the name, or mark the reference as optional."},
		{MissingPort, Error, "a port that is referred to by a name or number that nothing has", "Name the port in the container or in the Service."},
		{SelectorMismatch, Error, "a selector that does not match the labels of its own pods", "Make the labels of the pod template and the selector equal."},
		{InvalidCRD, Error, "a CustomResourceDefinition that the API server does not accept", "Correct the definition."},
		{InvalidHook, Error, "a hook whose configuration cannot be read", "Correct the configuration that the hook prints for --config."},
		{UnknownValue, Warning, "a value that templates read and no schema has, so that it is always absent", "Correct the name, or add the value to openapi/config-values.yaml or openapi/values.yaml."},
		{InvalidValues, Error, "values, defaults or examples that do not fit the schema", "Correct the value or the schema."},
	}
}

func checkByName(name string) Check {
	all := Checks()
	return all[slices.IndexFunc(all, func(c Check) bool { return c.Name == name })]
}

// FromContract makes findings of violations of the contract.
func FromContract(violations []contract.Violation) []Finding {
	var findings []Finding
	for _, v := range violations {
		if v.Rule == contract.RuleTemplateYAML {
			continue // InvalidYAML finds the same, with its line
		}
		findings = append(findings, Finding{
			Check: ruleName(v.Rule), Rule: int(v.Rule), Severity: Severity(v.Severity), Artifact: v.Artifact, File: fileOf(v.Artifact),
			Message: v.Message, Fix: v.Fix, Waived: v.Waived,
		})
	}
	return findings
}

// Sort puts findings in the order of their files and lines.
func Sort(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Message, b.Message))
	})
}

// Failed reports whether an error among the findings is not waived.
func Failed(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error && !f.Waived })
}
