package lint

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/chart"
)

// sound is a module without findings.
var sound = map[string]string{
	"Chart.yaml":                 "name: echo\nversion: 0.0.1\n",
	"module.yaml":                "name: echo\nnamespace: d8-echo\nrequirements: {kubernetes: \">= 1.29\"}\n",
	"openapi/config-values.yaml": "type: object\nproperties:\n  replicas: {type: integer, default: 1, x-examples: [2]}\n",
	"openapi/values.yaml":        "x-extend: {schema: config-values.yaml}\ntype: object\nproperties:\n  internal: {type: object, default: {}, properties: {cert: {type: string}}}\n",
	"templates/namespace.yaml":   "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: d8-echo\n",
	"templates/sa.yaml":          "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: echo\n  namespace: d8-echo\n",
	"templates/config.yaml":      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: echo\n  namespace: d8-echo\ndata:\n  a: b\n",
	"templates/server.yaml":      server,
	"templates/service.yaml":     "apiVersion: v1\nkind: Service\nmetadata:\n  name: echo\n  namespace: d8-echo\nspec:\n  selector:\n    app: echo\n  ports:\n  - name: http\n    port: 80\n    targetPort: http\n",
	"crds/echo.yaml":             crd,
	"crds/doc-ru-echo.yaml":      "spec: {}\n",
	"hooks/echo.sh":              hook,
}

const server = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: echo
  namespace: d8-echo
spec:
  replicas: {{ .Values.echo.replicas }}
  selector:
    matchLabels:
      app: echo
  template:
    metadata:
      labels:
        app: echo
    spec:
      serviceAccountName: echo
      containers:
      - name: server
        image: x
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet:
            port: http
        resources:
          requests:
            memory: 10Mi
        volumeMounts:
        - name: config
          mountPath: /config
      volumes:
      - name: config
        configMap:
          name: echo
`

const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: echoes.example.io
spec:
  group: example.io
  scope: Namespaced
  names:
    plural: echoes
    singular: echo
    kind: Echo
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        x-doc-examples: [a]
        properties:
          spec:
            type: object
`

const hook = `#!/bin/bash
if [[ "$1" == "--config" ]]; then
  cat <<EOF
configVersion: v1
schedule:
- crontab: "* * * * *"
kubernetes:
- kind: Echo
  apiVersion: example.io/v1
EOF
fi
`

// findings are those of the sound module with other files.
func findings(t *testing.T, files map[string]string) []string {
	t.Helper()
	all := fstest.MapFS{}
	texts := maps.Clone(sound)
	maps.Copy(texts, files)
	for name, text := range texts {
		all[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o755}
	}
	var fsys fs.FS = all
	read, err := chart.ReadFiles(fsys)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Run(t.Context(), Module{Name: "echo", FS: fsys, Files: read})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %s %s %s", f.Check, f.Severity, f.place(), f.Message))
	}
	return got
}

// TestChecks has a fixture for each kind of finding, which shows nothing else.
func TestChecks(t *testing.T) {
	replace := func(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }
	for name, c := range map[string]struct {
		file, text string
		want       string
	}{
		"fails":            {"templates/a.yaml", "kind: A\n{{ fail \"it needs a node\" }}\n", "template-fails error templates/a.yaml:2 it needs a node"},
		"parse error":      {"templates/a.yaml", "{{ if }}", "template-fails error templates/a.yaml:1 missing value for if"},
		"only minimal":     {"templates/a.yaml", "{{ .Values.echo.internal.cert | required \"no cert\" | trunc 0 }}", "template-fails warning templates/a.yaml:1 no cert"},
		"not YAML":         {"templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n   b: c\n", "invalid-yaml error templates/a.yaml:5 not valid YAML: mapping values are not allowed in this context"},
		"no object":        {"templates/a.yaml", "just text: {{ 1 }}\n", "invalid-yaml error templates/a.yaml:1 the object has no apiVersion or no kind"},
		"duplicate key":    {"templates/config.yaml", sound["templates/config.yaml"] + "  a: c\n", "duplicate-key warning templates/config.yaml:8 the key a is there twice: the first value is lost"},
		"duplicate object": {"templates/a.yaml", strings.ReplaceAll(sound["templates/config.yaml"], "  namespace: d8-echo\n", ""), "duplicate-object error templates/config.yaml:1 ConfigMap d8-echo/echo is there twice, the other one is in templates/a.yaml:1"},
		"unknown field":    {"templates/server.yaml", replace(server, "serviceAccountName", "serviceAccountname"), "unknown-field error templates/server.yaml:16 unknown field serviceAccountname, did you mean serviceAccountName? (spec.template.spec.serviceAccountname)"},
		"wrong type":       {"templates/server.yaml", replace(server, "{{ .Values.echo.replicas }}", "{{ .Values.echo.replicas | quote }}"), "wrong-type error templates/server.yaml:7 expected a whole number, found a string (spec.replicas)"},
		"missing field":    {"templates/server.yaml", replace(server, "containerPort: 8080", "hostPort: 8080"), "missing-field error templates/server.yaml:21 field containerPort is required (spec.template.spec.containers.0.ports.0.containerPort)"},
		"bad value":        {"templates/server.yaml", replace(server, "10Mi", "10MB"), `bad-value error templates/server.yaml:28 "10MB" is not a quantity such as 100m or 64Mi (spec.template.spec.containers.0.resources.requests.memory)`},
		"later field":      {"templates/service.yaml", sound["templates/service.yaml"] + "  trafficDistribution: PreferClose\n", "field-version warning templates/service.yaml:13 field trafficDistribution: Kubernetes has it from 1.30 on (spec.trafficDistribution)"},
		"old API":          {"templates/a.yaml", "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata:\n  name: a\nspec:\n  priorityLevelConfiguration:\n    name: a\n", "api-version error templates/a.yaml:1 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema is not served by Kubernetes 1.33: Kubernetes 1.32 removed it: use flowcontrol.apiserver.k8s.io/v1 (apiVersion)"},
		"unknown kind":     {"templates/a.yaml", "apiVersion: apps/v1\nkind: Deploymnet\nmetadata:\n  name: a\n", "api-version error templates/a.yaml:1 apps/v1 Deploymnet is not served by any supported Kubernetes: Kubernetes has no such kind (apiVersion)"},
		"name":             {"templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: A_b\n", `invalid-name error templates/a.yaml:4 the name "A_b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (metadata.name)`},
		"label":            {"templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    a: b c\n", "invalid-label error templates/a.yaml:6 label: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (metadata.labels.a)"},
		"no account":       {"templates/server.yaml", replace(server, "serviceAccountName: echo", "serviceAccountName: other"), "missing-reference error templates/server.yaml:16 nothing in the chart defines ServiceAccount d8-echo/other (spec.template.spec.serviceAccountName)"},
		"no config":        {"templates/server.yaml", replace(server, "          name: echo\n", "          name: absent\n"), "missing-reference error templates/server.yaml:35 nothing in the chart defines ConfigMap d8-echo/absent (spec.template.spec.volumes.0.configMap.name)"},
		"no volume":        {"templates/server.yaml", replace(server, "- name: config\n          mountPath", "- name: data\n          mountPath"), `missing-reference error templates/server.yaml:30 the pod has no volume "data" (spec.template.spec.containers.0.volumeMounts.0.name)`},
		"no role":          {"templates/a.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: a\n  namespace: d8-echo\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: absent\nsubjects:\n- kind: ServiceAccount\n  name: echo\n  namespace: d8-echo\n", "missing-reference error templates/a.yaml:9 nothing in the chart defines Role d8-echo/absent (roleRef.name)"},
		"no target":        {"templates/a.yaml", "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: a\n  namespace: d8-echo\nspec:\n  targetRef:\n    apiVersion: apps/v1\n    kind: DaemonSet\n    name: nothing\n", "missing-reference error templates/a.yaml:10 nothing in the chart defines DaemonSet d8-echo/nothing (spec.targetRef.name)"},
		"service port":     {"templates/service.yaml", replace(sound["templates/service.yaml"], "targetPort: http", "targetPort: https"), `missing-port error templates/service.yaml:12 no container of Deployment d8-echo/echo has a port "https" (spec.ports.0.targetPort)`},
		"probe port":       {"templates/server.yaml", replace(server, "port: http\n", "port: metrics\n"), `missing-port error templates/server.yaml:25 the container server has no port "metrics" (spec.template.spec.containers.0.readinessProbe.httpGet.port)`},
		"webhook port":     {"templates/a.yaml", "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n  name: a\nwebhooks:\n- name: a.example.io\n  sideEffects: None\n  admissionReviewVersions:\n  - v1\n  clientConfig:\n    service:\n      name: echo\n      namespace: d8-echo\n", "missing-port error templates/a.yaml:11 Service d8-echo/echo has no port 443 (webhooks.0.clientConfig.service.port)"},
		"selector":         {"templates/server.yaml", replace(server, "matchLabels:\n      app: echo", "matchLabels:\n      app: other"), "selector-mismatch error templates/server.yaml:10 the pods do not have the label app: other (spec.selector.matchLabels.app)"},
		"CRD name":         {"crds/echo.yaml", replace(crd, "echoes.example.io", "echo.example.io"), "invalid-crd error crds/echo.yaml:4 the name must be <spec.names.plural>.<spec.group>: echoes.example.io (metadata.name)"},
		"CRD structure":    {"crds/echo.yaml", replace(crd, "          spec:\n            type: object\n", "          spec:\n            description: x\n"), `invalid-crd error crds/echo.yaml:21 the schema is not structural: Required value: must not be empty for specified object fields (spec.versions.0.schema.openAPIV3Schema.properties.spec.type)`},
		"CRD versions":     {"crds/echo.yaml", replace(crd, "storage: true", "storage: false"), "invalid-crd error crds/echo.yaml:12 0 versions have storage: true, expected one (spec.versions)"},
		"CRD field":        {"crds/echo.yaml", crd + "    subresource: {}\n", "invalid-crd warning crds/echo.yaml:23 unknown field subresource, did you mean subresources? (spec.versions.0.subresource)"},
		"CRD YAML":         {"crds/more.yaml", "a: b: c\n", "invalid-crd error crds/more.yaml:1 not valid YAML: mapping values are not allowed in this context"},
		"hook YAML":        {"hooks/echo.sh", replace(hook, "schedule:", " schedule:"), "invalid-hook error hooks/echo.sh:5 the configuration is not valid YAML: yaml: line 2: mapping values are not allowed in this context"},
		"Python hook":      {"hooks/echo.py", "#!/usr/bin/python3\nconfig = \"\"\"\nconfigVersion: v1\nonStartp: 1\n\"\"\"\nother = '''configVersion: {}'''\n", "invalid-hook error hooks/echo.py:4 shell-operator knows no onStartp"},
		"hook key":         {"hooks/echo.sh", replace(hook, "schedule:", "shedule:"), "invalid-hook error hooks/echo.sh:6 shell-operator knows no shedule"},
		"hook version":     {"hooks/echo.sh", replace(hook, "configVersion: v1", "configVersion: v2"), "invalid-hook error hooks/echo.sh:4 configVersion is not v1"},
		"hook crontab":     {"hooks/echo.sh", replace(hook, "* * * * *", "daily"), "invalid-hook error hooks/echo.sh:6 a schedule without a crontab of five or six fields"},
		"unknown value":    {"templates/server.yaml", replace(server, "{{ .Values.echo.replicas }}", "{{ $.Values.echo.replica | default 1 }}"), "unknown-value warning templates/server.yaml:7 .Values.echo.replica: no schema in openapi/ has replica"},
		"bad default":      {"openapi/config-values.yaml", replace(sound["openapi/config-values.yaml"], "default: 1,", "default: 1, minimum: 2,"), "invalid-values error openapi/config-values.yaml:3 default of replicas does not fit the schema: minimum: got 1, want 2"},
		"bad example":      {"openapi/values.yaml", replace(sound["openapi/values.yaml"], "{type: string}", "{type: string, x-examples: [1]}"), "invalid-values warning openapi/values.yaml:4 x-examples of internal.cert does not fit the schema: got number, want string"},
		"bad values":       {".modship/values/large.yaml", "echo: {replicas: 3, replica: 4}\n", "invalid-values error .modship/values/large.yaml : additional properties 'replica' not allowed"},
		"sound":            {"templates/b.yaml", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			if diff := cmp.Diff(want, findings(t, map[string]string{c.file: c.text})); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
