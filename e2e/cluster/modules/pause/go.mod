module otel-operator/e2e/pause

go 1.24
