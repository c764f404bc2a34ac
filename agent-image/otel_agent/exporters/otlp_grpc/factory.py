"""Makes OTLP/gRPC exporters."""

from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.exporters.otlp_grpc.peer import GrpcPeer
from otel_agent.pipeline.component import BuildContext, Exporter
from otel_agent.pipeline.sending import SendingExporter
from otel_agent.pipeline.sending.measured import measure_grpc


def create(config: OtlpGrpcExporterConfig, context: BuildContext) -> Exporter:
    """Return the exporter of one signal."""
    assert context.signal is not None
    return SendingExporter(
        peer=measure_grpc(GrpcPeer(config, context.signal, context.logger), context),
        timeout=config.timeout,
        retry=config.retry_on_failure,
        queue=config.sending_queue,
        context=context,
    )
