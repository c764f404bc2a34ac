"""Functions that only the transform processor has."""

from otel_agent.ottl.function import Function
from otel_agent.processors.transform.functions import (
    aggregating,
    buckets,
    converting,
    copying,
    exponential,
    extracting,
    scaling,
    semconv,
    summaries,
)

FUNCTIONS: tuple[Function, ...] = (
    *aggregating.FUNCTIONS,
    *buckets.FUNCTIONS,
    *converting.FUNCTIONS,
    *copying.FUNCTIONS,
    *exponential.FUNCTIONS,
    *extracting.FUNCTIONS,
    *scaling.FUNCTIONS,
    *semconv.FUNCTIONS,
    *summaries.FUNCTIONS,
)
"""All of them."""
