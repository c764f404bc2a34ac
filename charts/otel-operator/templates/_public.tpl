{{/* Values of the public chart that are accepted without effect and were given, by comma; values.schema.json has the same names. */}}
{{- define "otel-operator.withoutEffect" -}}
{{- $names := list "kubeRBACProxy" "testFramework" "hostUsers" "automountServiceAccountToken" "extraObjects" -}}
{{- range $name := list "opampBridgeImage" "targetAllocatorImage" "ignoreMissingCollectorCRDs" "featureGates" "featureGatesMap" "ports" "metrics" "prometheusRule" "createRbacPermissions" "verticalPodAutoscaler" "rolling" "serviceMonitor.metricsEndpoints" -}}
{{- $names = append $names (printf "manager.%s" $name) -}}
{{- end -}}
{{- range $name := list "servicePort" "autoGenerateCert" "certFile" "keyFile" "caFile" "secretAnnotations" "secretLabels" -}}
{{- $names = append $names (printf "admissionWebhooks.%s" $name) -}}
{{- end -}}
{{- $given := list -}}
{{- range $name := $names -}}
{{- $value := $.Values -}}
{{- range $key := splitList "." $name -}}
{{- $value = kindIs "map" $value | ternary (get ($value | default dict) $key) "" -}}
{{- end -}}
{{- /* false is an answer; what is empty asks for nothing. */ -}}
{{- if or $value (kindIs "bool" $value) }}{{ $given = append $given $name }}{{ end -}}
{{- end -}}
{{- join ", " $given -}}
{{- end -}}
