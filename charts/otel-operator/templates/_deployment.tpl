{{/* A generated Deployment with what the values say of its pod. Takes root, object and program (the values of that program). */}}
{{- define "otel-operator.deployment" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $program := .program -}}
{{- $object := .object -}}
{{- include "otel-operator.metadata" (dict "root" $root "object" $object) -}}
{{- $spec := $object.spec -}}
{{- $_ := set $spec "replicas" (.replicas | int) -}}
{{- if include "otel-operator.given" $values.revisionHistoryLimit }}{{ $_ := set $spec "revisionHistoryLimit" (int $values.revisionHistoryLimit) }}{{ end -}}
{{- with $values.minReadySeconds }}{{ $_ := set $spec "minReadySeconds" (int .) }}{{ end -}}
{{- with $program.deploymentAnnotations }}{{ $_ := set $object.metadata "annotations" . }}{{ end -}}
{{- $meta := $spec.template.metadata -}}
{{- with $program.podAnnotations }}{{ $_ := set $meta "annotations" (merge (deepCopy .) $meta.annotations) }}{{ end -}}
{{- with $program.podLabels }}{{ $_ := set $meta "labels" (merge $meta.labels (deepCopy .)) }}{{ end -}}
{{- with $values.manager.config }}
{{- $_ := set $meta "annotations" (merge (dict "checksum/config" (toYaml . | sha256sum)) $meta.annotations) }}
{{- end -}}
{{- $pod := $spec.template.spec -}}
{{- range $key := list "affinity" "tolerations" "nodeSelector" "topologySpreadConstraints" "priorityClassName" "imagePullSecrets" -}}
{{- with index $values $key }}{{ $_ := set $pod $key . }}{{ end -}}
{{- end -}}
{{- with $values.securityContext }}{{ $_ := set $pod "securityContext" (mergeOverwrite $pod.securityContext .) }}{{ end -}}
{{- $container := first $pod.containers -}}
{{- $_ := set $container "imagePullPolicy" $values.manager.image.imagePullPolicy -}}
{{- with $program.resources }}{{ $_ := set $container "resources" . }}{{ end -}}
{{- with $program.securityContext }}{{ $_ := set $container "securityContext" (mergeOverwrite $container.securityContext .) }}{{ end -}}
{{- $args := $container.args -}}
{{- $collector := $values.manager.collectorImage -}}
{{- if or $collector.tag $collector.repository $values.global.imageRegistry -}}
{{- $image := printf "%s:%s" ($collector.repository | default "ghcr.io/otel-operator-py/collector") ($collector.tag | default $root.Chart.AppVersion) -}}
{{- $args = append $args (printf "--collector-image=%s" (include "otel-operator.fromRegistry" (dict "root" $root "image" $image))) -}}
{{- end -}}
{{- range $language, $default := $root.Files.Get "files/agent-images.yaml" | fromYaml -}}
{{- $key := eq $language "apache-httpd" | ternary "apacheHttpd" $language -}}
{{- $given := index $values.manager.autoInstrumentationImage $key | default dict -}}
{{- if or $given.repository $given.tag $values.global.imageRegistry -}}
{{- $repository := $given.repository | default (regexReplaceAll ":[^:/]+$" $default "") -}}
{{- $image := printf "%s:%s" $repository ($given.tag | default (regexFind "[^:]+$" $default)) -}}
{{- $args = append $args (printf "--auto-instrumentation-%s-image=%s" $language (include "otel-operator.fromRegistry" (dict "root" $root "image" $image))) -}}
{{- end -}}
{{- end -}}
{{- if $values.manager.autoInstrumentation.go.enabled }}{{ $args = append $args "--enable-go-instrumentation=true" }}{{ end -}}
{{- if $values.manager.config -}}
{{- $args = append $args "--config-file=/etc/otel-operator/config.yaml" -}}
{{- $_ := set $container "volumeMounts" (append $container.volumeMounts (dict "name" "config" "mountPath" "/etc/otel-operator" "readOnly" true)) -}}
{{- $_ := set $pod "volumes" (append $pod.volumes (dict "name" "config" "configMap" (dict "name" (printf "%s-config" (include "otel-operator.fullname" $root))))) -}}
{{- end -}}
{{- $_ := set $container "args" (concat $args ($program.extraArgs | default list)) -}}
{{- /* Each name once, and the last one said counts: a server-side apply refuses a name that is there twice. */ -}}
{{- $said := $container.env -}}
{{- range $name, $value := $program.env -}}
{{- /* A number of a values file is a float, which toString writes as 1e+06. */ -}}
{{- $text := kindIs "string" $value | ternary $value (toJson $value) -}}
{{- $said = append $said (dict "name" $name "value" $text) -}}
{{- end -}}
{{- $env := list -}}
{{- $names := list -}}
{{- range $entry := concat $said ($program.extraEnvs | default list) | reverse -}}
{{- if not (has $entry.name $names) }}{{ $env = prepend $env $entry }}{{ end -}}
{{- $names = append $names $entry.name -}}
{{- end -}}
{{- $_ := set $container "env" $env -}}
{{- end -}}
