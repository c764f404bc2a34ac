// Loaded before the application: node --require ./tracing.js app.js
// As in the guide; name and address of the collector are those of OTEL_SERVICE_NAME and OTEL_EXPORTER_OTLP_ENDPOINT.
'use strict';

const { NodeSDK } = require('@opentelemetry/sdk-node');
const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-grpc');

const sdk = new NodeSDK({
  traceExporter: new OTLPTraceExporter(),
  instrumentations: [getNodeAutoInstrumentations()],
});
sdk.start();

// The last spans wait in a batch when the container is stopped.
process.once('SIGTERM', () => sdk.shutdown().finally(() => process.exit(0)));
