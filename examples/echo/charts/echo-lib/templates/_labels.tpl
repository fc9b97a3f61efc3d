{{- /* The labels of every object; the second item is the application's name. */ -}}
{{- define "helm_lib_module_labels" -}}
{{- $context := index . 0 -}}
heritage: deckhouse
module: {{ $context.Chart.Name }}
app: {{ index . 1 }}
{{- end -}}
