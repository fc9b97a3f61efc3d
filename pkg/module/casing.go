package module

import (
	"strings"
	"unicode"
	"unicode/utf8"

	ettle "github.com/ettle/strcase"
	"github.com/huandu/xstrings"
	iancoleman "github.com/iancoleman/strcase"
)

// Conversions of names by three libraries meet in a cluster. They agree on
// plain kebab case and differ on digits, so each key is made by the library
// that makes it there.

// DigestKey returns the key of an image in images_digests.json: its last path
// segment in lower camel case, as the templates of module repositories make it
// with sprig's `camelcase | untitle` (ceph-v19-2-3 → cephV1923).
func DigestKey(imageName string) string {
	return sprigLowerCamel(imageName[strings.LastIndex(imageName, "/")+1:])
}

// TemplateKey returns the module's key as lib-helm looks it up in the values:
// `replace "-" "_" | camelcase | untitle` of the chart name.
func TemplateKey(name string) string {
	return sprigLowerCamel(strings.ReplaceAll(name, "-", "_"))
}

// ValuesKey returns the module's key in the values as addon-operator makes it
// with ettle/strcase.
func ValuesKey(name string) string { return ettle.ToCamel(name) }

// NameFromValuesKey returns the module name that addon-operator restores from
// a values key with ettle/strcase.
func NameFromValuesKey(key string) string { return ettle.ToKebab(key) }

// DigestsKey returns the module's key under global.modulesImages.digests as
// the controller's hook makes it with iancoleman/strcase: a letter after a digit
// is upper case (k8s-proxy → k8SProxy).
func DigestsKey(name string) string { return iancoleman.ToLowerCamel(name) }

// ImagesName returns the last path component of the repository in which
// lib-helm looks for the module's images: sprig's `kebabcase` of the chart
// name. It puts a dash before digits that are followed by letters (k8s-proxy →
// k-8s-proxy).
func ImagesName(name string) string { return xstrings.ToKebabCase(name) }

// sprigLowerCamel is sprig's `camelcase | untitle`. Sprig takes camelcase from
// huandu/xstrings, whose result begins with a capital.
func sprigLowerCamel(name string) string {
	camel := xstrings.ToCamelCase(name)
	first, size := utf8.DecodeRuneInString(camel)
	if size == 0 {
		return ""
	}
	return string(unicode.ToLower(first)) + camel[size:]
}
