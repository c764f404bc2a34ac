"""Makes tail_sampling processors."""

from otel_agent.config.featuregates import RECORD_POLICY, process_gates
from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.pipeline.errors import GraphError
from otel_agent.processors.tail_sampling.config import TailSamplingConfig
from otel_agent.processors.tail_sampling.decisions import Decider
from otel_agent.processors.tail_sampling.metrics import TailSamplingMetrics
from otel_agent.processors.tail_sampling.policies import compile_policies
from otel_agent.processors.tail_sampling.processor import TailSamplingProcessor
from otel_agent.processors.tail_sampling.sampler import TailSampler
from otel_agent.telemetry.available_memory import available_bytes
from otel_agent.telemetry.footprint import release_unused


def create(config: TailSamplingConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline; GraphError for a policy that cannot be compiled."""
    try:
        policies, tests = compile_policies(config.policies)
        judge = kernel.compile_judge(tests)
    except ValueError as error:
        raise GraphError(f'processor "{context.id}": {error}') from error
    metrics = TailSamplingMetrics(context.metrics, context.id, [policy.name for policy in policies])
    sampler = TailSampler(
        config,
        Decider(policies, metrics, first_match=config.sample_on_first_match),
        judge,
        metrics,
        context.logger,
        memory_limit=config.maximum_memory_bytes or available_bytes() // 2,
        record_policy=process_gates().enabled(RECORD_POLICY),
    )
    return TailSamplingProcessor(
        sampler,
        context.consumers[Signal.TRACES],
        metrics,
        context.logger,
        drop_pending=config.drop_pending_traces_on_shutdown,
        give_back=release_unused,
    )
