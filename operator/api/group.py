"""The API group and the names that its CRDs share with the installation."""

GROUP = "opentelemetry.io"
STORAGE_VERSION = f"{GROUP}/v1beta1"
OLDER_VERSION = f"{GROUP}/v1alpha1"
WEBHOOK_NAMESPACE = "otel-operator-system"
WEBHOOK_SERVICE = "otel-operator-webhook"
CONVERT_PATH = "/convert"
V1ALPHA1_WARNING = "OpenTelemetryCollector v1alpha1 is deprecated. Migrate to v1beta1."
