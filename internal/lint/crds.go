package lint

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/modship/modship/internal/kube"
	"github.com/modship/modship/internal/manifest"
)

const crdKind = "CustomResourceDefinition"

// crds checks the definitions in crds/, which the controller installs itself.
func (l *linter) crds() {
	texts := map[string]string{}
	_ = fs.WalkDir(l.module.FS, "crds", func(name string, d fs.DirEntry, err error) error {
		// doc-ru-*.yaml are translations of descriptions (Deckhouse's docs).
		if err == nil && d.Type().IsRegular() && path.Ext(name) == ".yaml" && !strings.HasPrefix(d.Name(), "doc-") {
			if data, err := fs.ReadFile(l.module.FS, name); err == nil {
				texts[name] = string(data)
			}
		}
		return nil
	})
	objects, faults := manifest.Parse(texts)
	for _, f := range faults {
		l.add(Finding{Check: InvalidCRD, Severity: severityOf(f), File: f.File, Line: f.Line, Message: f.Message})
	}
	names := map[string]string{}
	for _, o := range objects {
		c := &crdChecker{linter: l, object: o}
		if o.Kind() != crdKind {
			continue // the controller installs other kinds in crds/ too
		}
		c.check()
		if first, twice := names[o.Name()]; twice {
			c.report([]any{"metadata", "name"}, "%s is in %s too", o.Name(), first)
		}
		names[o.Name()] = o.File
	}
}

func severityOf(f manifest.Fault) Severity {
	if f.Fatal {
		return Error
	}
	return Warning
}

// crdChecker checks one definition.
type crdChecker struct {
	*linter
	object *manifest.Object
}

func (c *crdChecker) report(path []any, format string, args ...any) {
	c.reportAs(Error, path, format, args...)
}

func (c *crdChecker) reportAs(severity Severity, path []any, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if len(path) > 0 {
		message += " (" + kube.PathText(path) + ")"
	}
	c.add(Finding{Check: InvalidCRD, Severity: severity, File: c.object.File, Line: c.object.LineOf(path), Object: c.object.ID().String(), Message: message})
}

func (c *crdChecker) check() {
	data := c.object.Data
	if found, reason := kube.Find(c.object.ID().APIVersion, crdKind, c.versions); found == kube.Absent {
		c.report([]any{"apiVersion"}, "%s is not served: %s", c.object.ID().APIVersion, reason)
		return
	}
	sound := c.fields(data)
	wanted := manifest.Text(data, "spec", "names", "plural") + "." + manifest.Text(data, "spec", "group")
	if c.object.Name() != wanted {
		c.report([]any{"metadata", "name"}, "the name must be <spec.names.plural>.<spec.group>: %s", wanted)
	}
	c.versionsOf(data)
	if sound {
		c.structure(data)
	}
}

// fields compares the definition with its own schema, and reports whether it
// can be decoded. The API server drops fields that it does not know; those of a
// schema that begin with x- are notes for other tools, such as x-doc-examples
// for Deckhouse's documentation.
func (c *crdChecker) fields(data map[string]any) bool {
	sound := true
	for _, p := range kube.Check(data, c.versions) {
		switch name, _ := p.Path[len(p.Path)-1].(string); {
		case p.Fault == kube.OtherVersion:
		case p.Fault == kube.UnknownField && strings.HasPrefix(name, "x-") && !strings.HasPrefix(name, "x-kubernetes-"):
		case p.Fault == kube.UnknownField:
			c.reportAs(Warning, p.Path, "%s", p.Message)
		default:
			sound = false
			c.report(p.Path, "%s", p.Message)
		}
	}
	return sound
}

// versionsOf checks that exactly one version is stored.
func (c *crdChecker) versionsOf(data map[string]any) {
	stored, served := 0, 0
	names := map[string]bool{}
	for i, version := range manifest.List(data, "spec", "versions") {
		name := manifest.Text(version, "name")
		if names[name] {
			c.report([]any{"spec", "versions", i, "name"}, "the version %s is there twice", name)
		}
		names[name] = true
		if manifest.Get(version, "storage") == true {
			stored++
		}
		if manifest.Get(version, "served") == true {
			served++
		}
		if manifest.Map(version, "schema", "openAPIV3Schema") == nil {
			c.report([]any{"spec", "versions", i}, "the version %s has no schema", name)
		}
	}
	if stored != 1 {
		c.report([]any{"spec", "versions"}, "%d versions have storage: true, expected one", stored)
	}
	if served == 0 {
		c.report([]any{"spec", "versions"}, "no version has served: true")
	}
}

// structure checks that the schemas are structural, as the API server demands.
func (c *crdChecker) structure(data map[string]any) {
	var definition apiextensionsv1.CustomResourceDefinition
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(data, &definition); err != nil {
		c.report(nil, "%v", err)
		return
	}
	for i, version := range definition.Spec.Versions {
		if version.Schema == nil || version.Schema.OpenAPIV3Schema == nil {
			continue
		}
		at := []any{"spec", "versions", i, "schema", "openAPIV3Schema"}
		var internal apiextensions.JSONSchemaProps
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &internal, nil); err != nil {
			c.report(at, "%v", err)
			continue
		}
		schema, err := structural.NewStructural(&internal)
		if err != nil {
			c.report(at, "the schema is not structural: %v", err)
			continue
		}
		for _, fault := range structural.ValidateStructural(nil, schema) {
			c.structural(at, fault)
		}
	}
}

func (c *crdChecker) structural(base []any, fault *field.Error) {
	c.report(append(slices.Clip(base), fieldPath(fault.Field)...), "the schema is not structural: %s", fault.ErrorBody())
}

var fieldPart = regexp.MustCompile(`\[([^\]]*)\]|[^.\[]+`)

// fieldPath reads the path of a field error, such as properties[spec].type.
func fieldPath(text string) []any {
	var path []any
	for _, part := range fieldPart.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(part[1]); err == nil {
			path = append(path, n)
		} else if part[1] != "" {
			path = append(path, part[1])
		} else {
			path = append(path, part[0])
		}
	}
	return path
}
