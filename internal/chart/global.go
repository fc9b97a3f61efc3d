package chart

import (
	"cmp"
	"slices"
	"strings"

	"github.com/werf/nelm/pkg/helm/pkg/chartutil"
)

// extraAPIs are the APIs of a cluster with the usual modules.
var extraAPIs = chartutil.VersionSet{
	"autoscaling.k8s.io/v1", "autoscaling.k8s.io/v1/VerticalPodAutoscaler",
	"cert-manager.io/v1", "cert-manager.io/v1/Certificate",
	"cilium.io/v2", "cilium.io/v2/CiliumNetworkPolicy",
	"deckhouse.io/v1", "deckhouse.io/v1/GrafanaDashboardDefinition",
	"deckhouse.io/v1alpha1", "deckhouse.io/v1alpha1/NodeGroupConfiguration",
	"monitoring.coreos.com/v1", "monitoring.coreos.com/v1/PodMonitor",
	"monitoring.coreos.com/v1/PrometheusRule", "monitoring.coreos.com/v1/ServiceMonitor",
	"snapshot.storage.k8s.io/v1", "snapshot.storage.k8s.io/v1/VolumeSnapshot",
}

// The modules of Deckhouse whose presence module templates ask for.
var (
	coreModules  = []any{"common", "deckhouse", "priority-class"}
	usualModules = []any{
		"admission-policy-engine", "cert-manager", "cni-cilium", "console", "control-plane-manager", "descheduler",
		"ingress-nginx", "istio", "log-shipper", "metallb", "monitoring-kubernetes", "multitenancy-manager", "node-manager",
		"observability", "operator-prometheus", "operator-prometheus-crd", "prometheus", "prometheus-crd",
		"sds-node-configurator", "snapshot-controller", "user-authn", "user-authn-crd", "user-authz",
		"vertical-pod-autoscaler", "vertical-pod-autoscaler-crd", "virtualization",
	}
)

// global makes up .Values.global as the controller and its discovery hooks
// fill it (global-hooks/openapi/values.yaml of Deckhouse), as far as lib-helm
// and modules read it.
func (src *source) global(s shape, variant int) map[string]any {
	enabled := append(slices.Clone(coreModules), src.name)
	if s.full {
		enabled = append(enabled, usualModules...)
	}
	for _, name := range src.world.modules {
		enabled = append(enabled, name)
	}
	version := src.kubernetes(variant)
	return map[string]any{
		notesKey:                     map[string]any{},
		"enabledModules":             enabled,
		"clusterIsBootstrapped":      true,
		"highAvailability":           s.full,
		"deckhouseVersion":           deckhouse[variant],
		"deckhouseEdition":           editions[variant],
		"defaultClusterStorageClass": "",
		"storageClass":               "",
		"clusterConfiguration": map[string]any{
			"apiVersion": "deckhouse.io/v1", "kind": "ClusterConfiguration", "clusterType": "Static",
			"clusterDomain": "cluster.local", "kubernetesVersion": minorOf(version), "defaultCRI": runtimes[variant],
			"podSubnetCIDR": podSubnet, "podSubnetNodeCIDRPrefix": "24", "serviceSubnetCIDR": serviceSubnet,
			"proxy": map[string]any{},
		},
		"discovery": src.discovery(s, variant),
		"modules":   modulesSettings(s),
		"internal":  map[string]any{"modules": internalModules(variant)},
		"modulesImages": map[string]any{
			"registry": registryValues(),
			"digests":  map[string]any{src.key: src.digests(), "common": map[string]any{}},
		},
	}
}

// What differs between clusters.
var (
	kubernetes = []string{"1.31.4", "1.33.2"}
	deckhouse  = []string{"v1.73.0", "v1.74.1"}
	editions   = []string{"EE", "CE"}
	runtimes   = []string{"Containerd", "ContainerdV2"}
)

// kubernetes returns the version of the cluster.
func (src *source) kubernetes(variant int) string {
	return cmp.Or(src.world.kubernetes, kubernetes[variant])
}

// minorOf cuts the patch from a version.
func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

const (
	podSubnet     = "10.111.0.0/16"
	serviceSubnet = "10.222.0.0/16"
)

func (src *source) discovery(s shape, variant int) map[string]any {
	version, masters := src.kubernetes(variant), 1
	if s.full {
		masters = 3
	}
	var apis []any
	for _, api := range src.apis() {
		apis = append(apis, api)
	}
	return map[string]any{
		"apiVersions": apis, "kubernetesVersion": version, "kubernetesVersions": []any{version},
		"kubernetesCA": madeUpString(variant), "dexCACertificate": madeUpString(variant),
		"extensionAPIServerAuthenticationRequestheaderClientCA": madeUpString(variant),
		"clusterControlPlaneIsHighlyAvailable":                  s.full, "clusterMasterCount": masters,
		"clusterDNSAddress": "10.222.0.10", "clusterDomain": "cluster.local", "clusterType": "Static",
		"clusterUUID": "00000000-0000-4000-8000-000000000000", "versionHumanReadable": deckhouse[variant],
		"d8SpecificNodeCountByRole": map[string]any{"system": 1, "frontend": 1, "monitoring": 1},
		"defaultStorageClass":       "default", "prometheusScrapeInterval": 30,
		"podSubnet": podSubnet, "cniPodSubnet": podSubnet, "serviceSubnet": serviceSubnet,
		"gatewayAPIDefaultGateway": map[string]any{"name": "default", "namespace": "d8-gateway"},
	}
}

func modulesSettings(s shape) map[string]any {
	https := map[string]any{"mode": "Disabled"}
	if s.full { // needs the module cert-manager
		https = map[string]any{"mode": "CertManager", "certManager": map[string]any{"clusterIssuerName": "letsencrypt"}}
	}
	resources := map[string]any{"cpu": "1", "memory": "1Gi"}
	return map[string]any{
		"publicDomainTemplate": "%s.madeup.example", "ingressClass": "nginx", "placement": map[string]any{}, "https": https,
		"resourcesRequests": map[string]any{"controlPlane": resources, "everyNode": resources},
	}
}

func internalModules(variant int) map[string]any {
	certificate := map[string]any{"cert": madeUpString(variant), "key": madeUpString(variant)}
	return map[string]any{
		"kubeRBACProxyCA": certificate, "admissionWebhookClientCA": certificate,
		"resourcesRequests": map[string]any{
			"milliCpuControlPlane": 1000, "memoryControlPlane": 1 << 30, "milliCpuMaster": 1000, "memoryMaster": 1 << 30,
			"milliCpuEveryNode": 300, "memoryEveryNode": 1 << 29,
		},
	}
}

// registryValues are the registry's address and an empty docker config.
func registryValues() map[string]any {
	return map[string]any{
		"base": registryBase, "address": "registry.example", "path": "/madeup", "scheme": "https", "dockercfg": "e30=", "ca": "", "CA": "",
	}
}

// root is what the package runtime of new controllers gives templates besides
// the values. Templates that know both runtimes ask whether it is there.
func (src *source) root(s shape) map[string]any {
	if !s.full {
		return nil
	}
	registry := registryValues()
	registry["repository"] = registryBase
	return map[string]any{"Module": map[string]any{"Package": map[string]any{
		"Name": src.name, "Version": "v0.0.0", "Digests": src.digests(), "Registry": registry,
	}}}
}

// apis are the APIs that templates find in the values.
func (src *source) apis() []string {
	if src.world.apis != nil {
		return src.world.apis
	}
	return extraAPIs
}

// digests are those of the images that exist. Made-up ones are recognisable in
// what a template renders that reads them itself.
func (src *source) digests() map[string]any {
	digests := map[string]any{}
	for key, digest := range src.real {
		digests[key] = digest
	}
	if src.real != nil {
		return digests
	}
	for key := range src.known {
		digests[key] = "sha256:" + madeUpDigest(src.name, key)
	}
	return digests
}

// UsualAPIs returns the API versions, besides Kubernetes' own, of a cluster with
// the usual modules.
func UsualAPIs() []string { return slices.Clone(extraAPIs) }
