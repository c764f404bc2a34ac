module otel-operator/benchmarks/load

go 1.25.0

require (
	github.com/klauspost/compress v1.18.6
	golang.org/x/net v0.56.0
)

require golang.org/x/text v0.38.0 // indirect
