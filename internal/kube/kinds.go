package kube

import (
	"fmt"
	"strings"
)

// removed are API versions that were gone before the oldest known version, and
// what to use instead
// (https://kubernetes.io/docs/reference/using-api/deprecation-guide/).
var removed = map[string]struct{ in, use string }{
	"extensions/v1beta1":                   {"1.22", ""},
	"apps/v1beta1":                         {"1.16", "apps/v1"},
	"apps/v1beta2":                         {"1.16", "apps/v1"},
	"admissionregistration.k8s.io/v1beta1": {"1.22", "admissionregistration.k8s.io/v1"},
	"apiextensions.k8s.io/v1beta1":         {"1.22", "apiextensions.k8s.io/v1"},
	"apiregistration.k8s.io/v1beta1":       {"1.22", "apiregistration.k8s.io/v1"},
	"certificates.k8s.io/v1beta1":          {"1.22", "certificates.k8s.io/v1"},
	"coordination.k8s.io/v1beta1":          {"1.22", "coordination.k8s.io/v1"},
	"networking.k8s.io/v1beta1":            {"1.22", "networking.k8s.io/v1"},
	"rbac.authorization.k8s.io/v1alpha1":   {"1.22", "rbac.authorization.k8s.io/v1"},
	"rbac.authorization.k8s.io/v1beta1":    {"1.22", "rbac.authorization.k8s.io/v1"},
	"scheduling.k8s.io/v1beta1":            {"1.22", "scheduling.k8s.io/v1"},
	"storage.k8s.io/v1beta1":               {"1.27", "storage.k8s.io/v1"},
	"batch/v1beta1":                        {"1.25", "batch/v1"},
	"discovery.k8s.io/v1beta1":             {"1.25", "discovery.k8s.io/v1"},
	"events.k8s.io/v1beta1":                {"1.25", "events.k8s.io/v1"},
	"autoscaling/v2beta1":                  {"1.25", "autoscaling/v2"},
	"autoscaling/v2beta2":                  {"1.26", "autoscaling/v2"},
	"policy/v1beta1":                       {"1.25", "policy/v1"},
	"node.k8s.io/v1beta1":                  {"1.25", "node.k8s.io/v1"},
	"flowcontrol.apiserver.k8s.io/v1beta1": {"1.26", "flowcontrol.apiserver.k8s.io/v1"},
	"flowcontrol.apiserver.k8s.io/v1beta2": {"1.29", "flowcontrol.apiserver.k8s.io/v1"},
}

// Availability says whether the versions of a range have a kind.
type Availability int

// The availabilities. Foreign kinds are not Kubernetes' own.
const (
	Foreign Availability = iota
	Available
	Partly // some versions of the range do not have it
	Absent
)

// Find looks up a kind. For one that is partly or wholly absent, reason says
// since when and what to use.
func Find(apiVersion, kind string, versions Range) (found Availability, reason string) {
	ix := schema()
	set := ix.bits(versions)
	t := ix.kinds[apiVersion+"/"+kind]
	gone, wasKnown := removed[apiVersion]
	switch {
	case t != nil && t.In&set == set:
		return Available, ""
	case t != nil:
		return partly(t.In & set), ix.gone(t.In, ix.bit(versions.From)) + ix.instead(apiVersion, kind)
	case wasKnown:
		reason = fmt.Sprintf("Kubernetes %s removed it", gone.in)
		if gone.use != "" {
			reason += ": use " + gone.use
		}
		return Absent, reason
	case ix.isOwnGroup(apiVersion):
		return Absent, "Kubernetes has no such kind" + ix.instead(apiVersion, kind)
	}
	return Foreign, ""
}

func partly(in Versions) Availability {
	if in == 0 {
		return Absent
	}
	return Partly
}

// gone says when versions lost or will get a kind.
func (ix *index) gone(in, lowest Versions) string {
	if in&lowest == 0 && in > lowest {
		return "Kubernetes has it from " + ix.first(in) + " on"
	}
	return "Kubernetes " + ix.after(in) + " removed it"
}

// instead names the stable API version of a kind, if there is another.
func (ix *index) instead(apiVersion, kind string) string {
	best := ""
	for name, t := range ix.kinds {
		other, isKind := strings.CutSuffix(name, "/"+kind)
		if isKind && other != apiVersion && t.In&(1<<(len(ix.Versions)-1)) != 0 && !strings.Contains(other, "alpha") && (best == "" || len(other) < len(best)) {
			best = other
		}
	}
	if best == "" {
		return ""
	}
	return ": use " + best
}

// isOwnGroup reports whether an API version is of a group of Kubernetes itself.
func (ix *index) isOwnGroup(apiVersion string) bool {
	group := groupOf(apiVersion)
	for name := range ix.kinds {
		if groupOf(name[:strings.LastIndex(name, "/")]) == group {
			return true
		}
	}
	return false
}

func groupOf(apiVersion string) string {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		return ""
	}
	return group
}

// Namespaced reports whether objects of a built-in kind are in a namespace.
func Namespaced(kind string) bool { return !clusterKinds[kind] }

// clusterKinds are the built-in kinds whose objects are in no namespace.
var clusterKinds = map[string]bool{
	"Namespace": true, "Node": true, "PersistentVolume": true, "ClusterRole": true, "ClusterRoleBinding": true,
	"CustomResourceDefinition": true, "APIService": true, "StorageClass": true, "CSIDriver": true, "CSINode": true,
	"VolumeAttachment": true, "VolumeAttributesClass": true, "PriorityClass": true, "RuntimeClass": true, "IngressClass": true,
	"MutatingWebhookConfiguration": true, "ValidatingWebhookConfiguration": true, "ValidatingAdmissionPolicy": true,
	"ValidatingAdmissionPolicyBinding": true, "MutatingAdmissionPolicy": true, "MutatingAdmissionPolicyBinding": true,
	"FlowSchema": true, "PriorityLevelConfiguration": true, "CertificateSigningRequest": true, "ClusterTrustBundle": true,
	"DeviceClass": true, "ResourceSlice": true, "IPAddress": true, "ServiceCIDR": true,
}
