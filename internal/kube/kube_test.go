package kube

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestCheck(t *testing.T) {
	const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - "
	for name, c := range map[string]struct {
		object string
		want   []string
	}{
		"good":          {deployment + "{name: a, image: b, resources: {requests: {cpu: 10m, memory: 64Mi}, limits: {cpu: 1}}}", nil},
		"unknown field": {deployment + "{name: a, imagePullpolicy: Always}", []string{"unknown-field spec.template.spec.containers.0.imagePullpolicy: unknown field imagePullpolicy, did you mean imagePullPolicy?"}},
		"missing":       {deployment + "{image: b}", []string{"missing-field spec.template.spec.containers.0.name: field name is required"}},
		"string":        {deployment + "{name: a, env: [{name: B, value: yes}]}", []string{"wrong-type spec.template.spec.containers.0.env.0.value: expected a string, found true (YAML reads yes, no, on and off as true and false)"}},
		"number":        {deployment + "{name: a, ports: [{containerPort: \"80\"}]}", []string{"wrong-type spec.template.spec.containers.0.ports.0.containerPort: expected a whole number, found a string"}},
		"quantity":      {deployment + "{name: a, resources: {limits: {memory: 64MB}}}", []string{`bad-value spec.template.spec.containers.0.resources.limits.memory: "64MB" is not a quantity such as 100m or 64Mi`}},
		"list":          {deployment + "{name: a, args: --x}", []string{"wrong-type spec.template.spec.containers.0.args: expected a list, found a string"}},
		"null":          {deployment + "{name: a, args: null}", nil},
		"base64":        {"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: \"*\"}", []string{"bad-value data.k: the value is not base64"}},
		"int or string": {"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80, targetPort: http}, {port: 81, targetPort: 8081}]}", nil},
		"later field":   {"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {trafficDistribution: PreferClose}", []string{"other-version spec.trafficDistribution: field trafficDistribution: Kubernetes has it from 1.30 on"}},
		"foreign kind":  {"apiVersion: deckhouse.io/v1\nkind: X\nspec: {a: 1}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var object map[string]any
			if err := yaml.Unmarshal([]byte(c.object), &object); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range Check(object, Range{"1.29", "1.33"}) {
				got = append(got, fmt.Sprintf("%s %s: %s", p.Fault, PathText(p.Path), p.Message))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		found  Availability
		reason string
	}{
		"apps/v1 Deployment":                 {Available, ""},
		"v1 Pod":                             {Available, ""},
		"policy/v1beta1 PodDisruptionBudget": {Absent, "Kubernetes 1.25 removed it: use policy/v1"},
		"flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema": {Partly, "Kubernetes 1.32 removed it: use flowcontrol.apiserver.k8s.io/v1"},
		"apps/v1 Deploymnet":                              {Absent, "Kubernetes has no such kind"},
		"v1 Deployment":                                   {Absent, "Kubernetes has no such kind: use apps/v1"},
		"deckhouse.io/v1 NodeGroup":                       {Foreign, ""},
		"snapshot.storage.k8s.io/v1 VolumeSnapshotClass":  {Foreign, ""},
	} {
		apiVersion, kind, _ := strings.Cut(name, " ")
		if found, reason := Find(apiVersion, kind, Range{"1.29", "1.33"}); found != c.found || reason != c.reason {
			t.Errorf("%s: %d %q, expected %d %q", name, found, reason, c.found, c.reason)
		}
	}
}

func TestNames(t *testing.T) {
	for name, good := range map[string]bool{
		"Deployment echo-server": true, "Deployment Echo": false, "Namespace a.b": false, "Service 1a": false,
		"ClusterRole d8:echo:view": true, "ConfigMap a.b": true, "Role a/b": false,
	} {
		kind, object, _ := strings.Cut(name, " ")
		if fault := CheckName(kind, object); (fault == "") != good {
			t.Errorf("%s: %q", name, fault)
		}
	}
	faults := CheckLabels(map[string]string{"app": "a", "a/b/c": "x", "bad": "a b"})
	if len(faults) != 2 || faults["bad"] == "" || faults["a/b/c"] == "" {
		t.Errorf("labels: %v", faults)
	}
}

// TestClusterKinds checks the kinds of the table against the schema.
func TestClusterKinds(t *testing.T) {
	for kind := range clusterKinds {
		found := false
		for name := range schema().kinds {
			found = found || strings.HasSuffix(name, "/"+kind)
		}
		if !found {
			t.Errorf("there is no kind %s", kind)
		}
	}
	if got := Known(); got[0] != "1.29" || len(got) < 9 {
		t.Errorf("known versions %v", got)
	}
	if apis := APIs("1.33"); !strings.Contains(strings.Join(apis, " "), "apps/v1/Deployment") || strings.Contains(strings.Join(apis, " "), "policy/v1beta1") {
		t.Error("APIs of 1.33 are wrong")
	}
}
