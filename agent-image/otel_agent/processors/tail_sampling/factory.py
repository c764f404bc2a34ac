"""Makes tail_sampling processors."""

from otel_agent.config.featuregates import RECORD_POLICY, process_gates
from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.trace_table import TableLimits
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
    memory_limit = config.maximum_memory_bytes or available_bytes() // 2
    try:
        policies, tests = compile_policies(config.policies)
        table = kernel.make_trace_table(tests, limits_of(config, memory_limit))
    except ValueError as error:
        raise GraphError(f'processor "{context.id}": {error}') from error
    metrics = TailSamplingMetrics(context.metrics, context.id, [policy.name for policy in policies])
    sampler = TailSampler(
        config,
        Decider(policies, metrics, first_match=config.sample_on_first_match),
        table,
        metrics,
        context.logger,
        memory_limit=memory_limit,
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


def limits_of(config: TailSamplingConfig, memory: int) -> TableLimits:
    """Return what the table of traces may hold; `memory` in bytes."""
    return TableLimits(
        traces=config.num_traces,
        memory=memory,
        trace_bytes=config.maximum_trace_size_bytes,
        evicts=not config.block_on_overflow,
        sampled_cache=config.decision_cache.sampled_cache_size,
        not_sampled_cache=config.decision_cache.non_sampled_cache_size,
    )
