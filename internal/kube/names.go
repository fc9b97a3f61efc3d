package kube

import (
	"maps"
	"slices"
	"strings"

	pathvalidation "k8s.io/apimachinery/pkg/api/validation/path"
	"k8s.io/apimachinery/pkg/util/validation"
)

// CheckName describes the fault in the name of an object of a kind, or returns
// "" (the name rules of the API server by kind).
func CheckName(kind, name string) string {
	var faults []string
	switch kind {
	case "Namespace":
		faults = validation.IsDNS1123Label(name)
	case "Service":
		faults = validation.IsDNS1035Label(name)
	case "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding":
		faults = pathvalidation.IsValidPathSegmentName(name)
	default:
		faults = validation.IsDNS1123Subdomain(name)
	}
	return first(faults)
}

// CheckLabels returns the faults of labels, by key.
func CheckLabels(labels map[string]string) map[string]string {
	faults := CheckAnnotations(labels)
	for key, value := range labels {
		if fault := first(validation.IsValidLabelValue(value)); fault != "" && faults[key] == "" {
			faults[key] = fault
		}
	}
	return faults
}

// CheckAnnotations returns the faults of the keys of annotations.
func CheckAnnotations(annotations map[string]string) map[string]string {
	faults := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		if fault := first(validation.IsQualifiedName(strings.ToLower(key))); fault != "" {
			faults[key] = fault
		}
	}
	return faults
}

// first shortens what apimachinery says: its examples and patterns follow in
// parentheses.
func first(faults []string) string {
	if len(faults) == 0 {
		return ""
	}
	text, _, _ := strings.Cut(faults[0], " (e.g.")
	return text
}
