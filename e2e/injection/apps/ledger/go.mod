module otel-operator/e2e/ledger

go 1.24
