{{/* The objects of a generated file by kind, with this release's names. Takes root and file. */}}
{{- define "otel-operator.objects" -}}
{{- tpl (.root.Files.Get (printf "files/%s.yaml" .file)) .root -}}
{{- end -}}

{{/* Labels of an object, with those of the values and of the release. Takes root and object. */}}
{{- define "otel-operator.metadata" -}}
{{- $root := .root -}}
{{- $labels := dict "app.kubernetes.io/instance" $root.Release.Name "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $labels = merge $labels .object.metadata.labels -}}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" $root.Chart.Name ($root.Chart.Version | replace "+" "_")) -}}
{{- $_ := set $labels "app.kubernetes.io/version" $root.Chart.AppVersion -}}
{{- with $root.Values.additionalLabels }}{{ $labels = merge $labels (tpl (toYaml .) $root | fromYaml) }}{{ end -}}
{{- $_ := set .object.metadata "labels" $labels -}}
{{- end -}}

{{/* Labels of objects that only the chart has. Takes root and component. */}}
{{- define "otel-operator.labels" -}}
{{- $own := dict "app.kubernetes.io/name" "otel-operator" "app.kubernetes.io/component" .component "app.kubernetes.io/part-of" "otel-operator" -}}
{{- $object := dict "metadata" (dict "labels" $own) -}}
{{- include "otel-operator.metadata" (dict "root" .root "object" $object) -}}
{{- toYaml $object.metadata.labels -}}
{{- end -}}

{{/* Not empty where a value says something; 0 does, null and "" do not. */}}
{{- define "otel-operator.given" -}}
{{- if not (has . (list nil "")) }}true{{ end -}}
{{- end -}}
