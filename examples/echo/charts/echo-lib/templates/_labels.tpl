{{- /* The labels of every object; the second item is the application's name. */ -}}
{{- define "echo_lib_labels" -}}
{{- $context := index . 0 -}}
heritage: deckhouse
module: {{ $context.Chart.Name }}
app: {{ index . 1 }}
{{- end -}}
