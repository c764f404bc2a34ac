{{/* Names that a release decides; the expressions in files/ call these. */}}
{{- define "otel-operator.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "otel-operator.namespace" -}}{{ .Values.namespaceOverride | default .Release.Namespace }}{{- end -}}
{{- define "otel-operator.manager" -}}{{ include "otel-operator.fullname" . }}-manager{{- end -}}
{{- define "otel-operator.webhook" -}}{{ include "otel-operator.fullname" . }}-webhook{{- end -}}
{{- define "otel-operator.mutating" -}}{{ include "otel-operator.fullname" . }}-mutating{{- end -}}
{{- define "otel-operator.validating" -}}{{ include "otel-operator.fullname" . }}-validating{{- end -}}
{{- define "otel-operator.certificateSecret" -}}
{{ .Values.admissionWebhooks.secretName | default (printf "%s-cert" (include "otel-operator.webhook" .)) }}
{{- end -}}
{{- define "otel-operator.managerAccount" -}}
{{- $account := .Values.manager.serviceAccount -}}
{{- if $account.create }}{{ $account.name | default (include "otel-operator.manager" .) }}{{ else }}{{ $account.name | default "default" }}{{ end -}}
{{- end -}}

{{/* An image's name with the registry of the values in place of its own. Takes root and image. */}}
{{- define "otel-operator.fromRegistry" -}}
{{- $registry := .root.Values.global.imageRegistry -}}
{{- $parts := splitList "/" .image -}}
{{- $first := first $parts -}}
{{- if not $registry -}}
{{- .image -}}
{{- else if and (gt (len $parts) 1) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) -}}
{{- printf "%s/%s" (trimSuffix "/" $registry) (join "/" (rest $parts)) -}}
{{- else -}}
{{- printf "%s/%s" (trimSuffix "/" $registry) .image -}}
{{- end -}}
{{- end -}}

{{- define "otel-operator.image" -}}
{{- $image := .Values.manager.image -}}
{{- include "otel-operator.fromRegistry" (dict "root" . "image" (printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion))) -}}
{{- end -}}
