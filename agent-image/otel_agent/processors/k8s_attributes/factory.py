"""Makes k8s_attributes processors; all of one id share their watches."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.pipeline.errors import StartError
from otel_agent.processors.k8s_attributes.cluster import Cluster
from otel_agent.processors.k8s_attributes.config import K8sAttributesConfig
from otel_agent.processors.k8s_attributes.processor import K8sAttributesProcessor


def create(config: K8sAttributesConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline; `StartError` for a pattern that RE2 does not take."""
    if config.passthrough:
        return K8sAttributesProcessor(config, context, None)

    def make() -> Cluster:
        try:
            return Cluster(config, context.logger, context.metrics)
        except ValueError as error:
            raise StartError(str(error)) from error

    return K8sAttributesProcessor(config, context, context.shared(context.id, make))
