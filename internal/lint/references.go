package lint

import (
	"fmt"
	"slices"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/manifest"
)

// references checks that what an object refers to is there. Objects in
// namespaces that the module does not create belong to others.
func (c *setChecker) references(o *manifest.Object) {
	namespace := c.objects.namespaceOf(o)
	if pod := o.Pod(); pod != nil && c.isOwn(namespace) {
		base, _ := o.PodPath()
		c.pod(o, pod, anyPath(base), namespace)
	}
	switch o.Kind() {
	case "Service":
		c.service(o, namespace)
	case "Ingress":
		c.ingress(o, namespace)
	case "RoleBinding", "ClusterRoleBinding":
		c.binding(o, namespace)
	case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
		for i, hook := range manifest.List(o.Data, "webhooks") {
			c.backend(o, manifest.Map(hook, "clientConfig", "service"), []any{"webhooks", i, "clientConfig", "service"})
		}
	case "APIService":
		c.backend(o, manifest.Map(o.Data, "spec", "service"), []any{"spec", "service"})
	case "HorizontalPodAutoscaler":
		c.target(o, []string{"spec", "scaleTargetRef"}, namespace)
	case autoscaler:
		c.target(o, []string{"spec", "targetRef"}, namespace)
	}
}

func (c *setChecker) isOwn(namespace string) bool {
	return c.objects.owned[namespace]
}

func anyPath(path []string) []any {
	all := make([]any, len(path))
	for i, part := range path {
		all[i] = part
	}
	return all
}

func at(base []any, path ...any) []any { return append(append([]any{}, base...), path...) }

// isPartial reports whether objects may be lacking because a template did not
// render.
func (c *setChecker) isPartial() bool {
	return len(c.set.Failures) > 0 || slices.ContainsFunc(c.set.Faults, func(f manifest.Fault) bool { return f.Fatal })
}

// need reports a reference to an object that nothing defines.
func (c *setChecker) need(o *manifest.Object, kind, namespace, name string, path []any) *manifest.Object {
	found := c.objects.find(kind, namespace, name)
	switch {
	case found != nil, name == "", c.isPartial(), chart.IsMadeUp(name), chart.IsMadeUp(namespace):
	case !c.isOwn(namespace), c.objects.mentioned[name], c.isMadeByCode(name):
		// another module, an operator, a hook or a program of the module makes it
	default:
		c.report(MissingReference, o, path, fmt.Sprintf("nothing in the chart defines %s %s/%s", kind, namespace, name))
	}
	return found
}

// pod checks the references of a pod template at base.
func (c *setChecker) pod(o *manifest.Object, pod map[string]any, base []any, namespace string) {
	spec := at(base, "spec")
	if account := manifest.Text(pod, "spec", "serviceAccountName"); account != "default" {
		c.need(o, "ServiceAccount", namespace, account, at(spec, "serviceAccountName"))
	}
	volumes := map[string]bool{}
	for i, volume := range manifest.List(pod, "spec", "volumes") {
		volumes[manifest.Text(volume, "name")] = true
		c.volume(o, volume, at(spec, "volumes", i), namespace)
	}
	for _, claim := range manifest.List(o.Data, "spec", "volumeClaimTemplates") {
		volumes[manifest.Text(claim, "metadata", "name")] = true
	}
	for _, container := range o.Containers() {
		for i, mount := range manifest.List(container.Data, "volumeMounts") {
			if name := manifest.Text(mount, "name"); !volumes[name] && !chart.IsMadeUp(name) {
				c.report(MissingReference, o, at(container.Path, "volumeMounts", i, "name"), fmt.Sprintf("the pod has no volume %q", name))
			}
		}
		c.environment(o, container, namespace)
		c.probes(o, container)
	}
}

// volume checks where the content of a volume comes from.
func (c *setChecker) volume(o *manifest.Object, volume any, path []any, namespace string) {
	c.source(o, "ConfigMap", manifest.Map(volume, "configMap"), "name", at(path, "configMap"), namespace)
	c.source(o, "Secret", manifest.Map(volume, "secret"), "secretName", at(path, "secret"), namespace)
	c.source(o, "PersistentVolumeClaim", manifest.Map(volume, "persistentVolumeClaim"), "claimName", at(path, "persistentVolumeClaim"), namespace)
	for i, source := range manifest.List(volume, "projected", "sources") {
		within := at(path, "projected", "sources", i)
		c.source(o, "ConfigMap", manifest.Map(source, "configMap"), "name", at(within, "configMap"), namespace)
		c.source(o, "Secret", manifest.Map(source, "secret"), "name", at(within, "secret"), namespace)
	}
}

// rootCA is the ConfigMap that Kubernetes puts into every namespace.
const rootCA = "kube-root-ca.crt"

// source checks a reference to an object unless it is optional.
func (c *setChecker) source(o *manifest.Object, kind string, reference map[string]any, field string, path []any, namespace string) {
	name := manifest.Text(reference, field)
	if reference["optional"] != true && name != rootCA {
		c.need(o, kind, namespace, name, at(path, field))
	}
}

func (c *setChecker) environment(o *manifest.Object, container manifest.Container, namespace string) {
	for i, source := range manifest.List(container.Data, "envFrom") {
		path := at(container.Path, "envFrom", i)
		c.source(o, "ConfigMap", manifest.Map(source, "configMapRef"), "name", at(path, "configMapRef"), namespace)
		c.source(o, "Secret", manifest.Map(source, "secretRef"), "name", at(path, "secretRef"), namespace)
	}
	for i, variable := range manifest.List(container.Data, "env") {
		path := at(container.Path, "env", i, "valueFrom")
		c.source(o, "ConfigMap", manifest.Map(variable, "valueFrom", "configMapKeyRef"), "name", at(path, "configMapKeyRef"), namespace)
		c.source(o, "Secret", manifest.Map(variable, "valueFrom", "secretKeyRef"), "name", at(path, "secretKeyRef"), namespace)
	}
}

// probes checks that probes name ports of their own container.
func (c *setChecker) probes(o *manifest.Object, container manifest.Container) {
	names := map[string]bool{}
	for _, port := range manifest.List(container.Data, "ports") {
		names[manifest.Text(port, "name")] = true
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		for _, action := range []string{"httpGet", "tcpSocket"} {
			if name := manifest.Text(container.Data, probe, action, "port"); name != "" && !names[name] && !chart.IsMadeUp(name) {
				c.report(MissingPort, o, at(container.Path, probe, action, "port"), fmt.Sprintf("the container %s has no port %q", container.Name, name))
			}
		}
	}
}

// service checks that the pods of a Service have the ports that it names.
func (c *setChecker) service(o *manifest.Object, namespace string) {
	pods := c.objects.pods(namespace, stringsAt(o.Data, []any{"spec", "selector"}))
	if len(pods) == 0 {
		return // a program of the module may make them
	}
	for i, port := range manifest.List(o.Data, "spec", "ports") {
		name := manifest.Text(port, "targetPort")
		found := name == "" || chart.IsMadeUp(name)
		for _, workload := range pods {
			found = found || hasPort(workload, name)
		}
		if !found {
			c.report(MissingPort, o, []any{"spec", "ports", i, "targetPort"}, fmt.Sprintf("no container of %s has a port %q", pods[0].ID(), name))
		}
	}
}

func (c *setChecker) ingress(o *manifest.Object, namespace string) {
	for i, rule := range manifest.List(o.Data, "spec", "rules") {
		for j, entry := range manifest.List(rule, "http", "paths") {
			path := []any{"spec", "rules", i, "http", "paths", j, "backend", "service"}
			service := manifest.Map(entry, "backend", "service")
			found := c.need(o, "Service", namespace, manifest.Text(service, "name"), at(path, "name"))
			port := manifest.Get(service, "port", "number")
			if port == nil {
				port = manifest.Get(service, "port", "name")
			}
			c.port(o, found, port, at(path, "port"))
		}
	}
}

// backend checks the Service that a webhook or an API refers to.
func (c *setChecker) backend(o *manifest.Object, reference map[string]any, path []any) {
	if reference == nil {
		return
	}
	found := c.need(o, "Service", manifest.Text(reference, "namespace"), manifest.Text(reference, "name"), at(path, "name"))
	port := reference["port"]
	if port == nil {
		port = 443
	}
	c.port(o, found, port, at(path, "port"))
}

func (c *setChecker) port(o, service *manifest.Object, port any, path []any) {
	if service != nil && port != nil && !servicePort(service, port) && !chart.IsMadeUp(port) {
		c.report(MissingPort, o, path, fmt.Sprintf("%s has no port %v", service.ID(), port))
	}
}

// binding checks the Role and the ServiceAccounts that a binding names.
func (c *setChecker) binding(o *manifest.Object, namespace string) {
	if manifest.Text(o.Data, "roleRef", "kind") == "Role" {
		c.need(o, "Role", namespace, manifest.Text(o.Data, "roleRef", "name"), []any{"roleRef", "name"})
	}
	for i, subject := range manifest.List(o.Data, "subjects") {
		name := manifest.Text(subject, "name")
		if manifest.Text(subject, "kind") == "ServiceAccount" && name != "default" {
			c.need(o, "ServiceAccount", manifest.Text(subject, "namespace"), name, []any{"subjects", i, "name"})
		}
	}
}

// target checks the workload that an autoscaler is for.
func (c *setChecker) target(o *manifest.Object, path []string, namespace string) {
	target := manifest.Map(o.Data, path...)
	switch kind := manifest.Text(target, "kind"); kind {
	case "Deployment", "DaemonSet", "StatefulSet":
		c.need(o, kind, namespace, manifest.Text(target, "name"), at(anyPath(path), "name"))
	}
}
