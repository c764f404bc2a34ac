"""`otelcol validate`: everything short of starting."""

from argparse import Namespace

from otel_agent.cli.loading import load_config
from otel_agent.config.problem import config_error
from otel_agent.config.registry import installed_registry


def run(options: Namespace) -> int:
    """Decode, check and build the pipelines; silent when all is well."""
    config = load_config(options)
    from otel_agent.pipeline.errors import GraphError
    from otel_agent.pipeline.graph import build
    from otel_agent.telemetry.metrics import SelfMetrics

    try:
        build(config, installed_registry(), SelfMetrics())
    except GraphError as error:
        raise config_error(str(error)) from error
    return 0
