{{- /*
The reference of one of the module's images: <registry>/<module>@<digest>. The
name and the arguments are those of Deckhouse's lib-helm, whose chart a real
module has here instead.
  {{ include "helm_lib_module_image" (list . "echoServer") }}
The digests are what Deckhouse read from images_digests.json of the bundle, the
registry is where the module was downloaded from.
*/ -}}
{{- define "helm_lib_module_image" -}}
{{- $context := index . 0 -}}
{{- $key := index . 1 -}}
{{- $module := $context.Chart.Name | replace "-" "_" | camelcase | untitle -}}
{{- $digest := dig "modulesImages" "digests" $module $key "" $context.Values.global -}}
{{- if not $digest -}}
{{- fail (printf "image %s of module %s has no digest" $key $module) -}}
{{- end -}}
{{- $registry := index $context.Values $module "registry" "base" -}}
{{- printf "%s/%s@%s" $registry $context.Chart.Name $digest -}}
{{- end -}}
