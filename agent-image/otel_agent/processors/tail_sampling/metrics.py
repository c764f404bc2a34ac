"""The tail_sampling processor's numbers about itself, named as the Go processor's; README.md says what each counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from otel_agent.config.component import ComponentId
from otel_agent.processors.tail_sampling.policies import Verdict
from otel_agent.telemetry.instruments import Counter, Gauge, Histogram
from otel_agent.telemetry.metrics import SelfMetrics

_PREFIX = "processor_tail_sampling_"
_MILLISECONDS = (
    *(1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2000, 3000, 4000, 5000),
    *(10_000, 20_000, 30_000, 50_000),
)
_MICROSECONDS = (1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2000, 5000, 10_000)
_SECONDS = (0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000)


@dataclass(frozen=True, slots=True)
class PolicyMetrics:
    """Traces and spans by what one policy said of them."""

    traces: dict[Verdict, Counter]
    spans: dict[Verdict, Counter]


class TailSamplingMetrics:
    """Instruments of one processor id, shared by its pipelines."""

    def __init__(self, metrics: SelfMetrics, component: ComponentId, policies: Sequence[str]) -> None:
        self._metrics = metrics
        self._labels = {"processor": str(component)}
        self.decision_latency = self._histogram(
            "sampling_decision_latency", "Time of one decision, on average of a run.", _MICROSECONDS, "µs"
        )
        self.timer_latency = self._histogram(
            "sampling_decision_timer_latency", "Time of each run of the decisions that are due.", _MILLISECONDS, "ms"
        )
        self.removal_age = self._histogram(
            "sampling_trace_removal_age", "Time from the arrival of a trace until it left memory.", _SECONDS, "s"
        )
        self.late_span_age = self._histogram(
            "sampling_late_span_age", "Time from a decision until spans of the trace came late.", _SECONDS, "s"
        )
        self.evaluation_errors = self._counter("sampling_policy_evaluation_error", "Policies that failed.", "{errors}")
        self.dropped_too_early = self._counter(
            "sampling_trace_dropped_too_early", "Traces dropped undecided because memory was full.", "{traces}"
        )
        self.dropped_too_large = self._counter("traces_dropped_too_large", "Traces dropped for their size.", "{traces}")
        self.new_traces = self._counter("new_trace_id_received", "Traces that were not known.", "{traces}")
        self.late_spans_unknown = self._counter(
            "late_spans_of_unknown_traces",
            "Spans of traces that began more than decision_wait before the first of them came: decided elsewhere, or forgotten.",
            "{spans}",
        )
        self.lost_spans = self._counter("spans_lost_downstream", "Sampled spans that the next component refused.", "{spans}")
        self.cached = {
            sampled: self._counter(
                "early_releases_from_cache_decision", "Late spans decided by the cache.", "{spans}", sampled=_word(sampled)
            )
            for sampled in (True, False)
        }
        self.decided = {
            verdict: self._counter(
                "global_count_traces_sampled", "Traces by what became of them.", "{traces}", **_labels(verdict)
            )
            for verdict in Verdict
        }
        self.traces_on_memory = self._gauge("sampling_traces_on_memory", "Traces in memory.", "{traces}")
        self.bytes_on_memory = self._gauge("sampling_bytes_on_memory", "Bytes that undecided traces take, about.", "By")
        self.policies = [self._policy(f"{component.name}.{name}" if component.name else name) for name in policies]

    def _policy(self, name: str) -> PolicyMetrics:
        traces, spans = (
            {
                verdict: self._counter(f"count_{what}_sampled", text, f"{{{what}}}", policy=name, **_labels(verdict))
                for verdict in Verdict
            }
            for what, text in (
                ("traces", "Traces by what a policy said of them."),
                ("spans", "Spans of traces by what a policy said of them."),
            )
        )
        return PolicyMetrics(traces, spans)

    def _counter(self, name: str, text: str, unit: str, **labels: str) -> Counter:
        return self._metrics.counter(_PREFIX + name, text, {**self._labels, **labels}, unit=unit)

    def _gauge(self, name: str, text: str, unit: str) -> Gauge:
        return self._metrics.gauge(_PREFIX + name, text, self._labels, unit=unit)

    def _histogram(self, name: str, text: str, bounds: Sequence[float], unit: str) -> Histogram:
        return self._metrics.histogram(_PREFIX + name, text, self._labels, bounds, unit=unit)


def _labels(verdict: Verdict) -> dict[str, str]:
    return {"sampled": _word(verdict is Verdict.SAMPLED), "decision": str(verdict)}


def _word(sampled: bool) -> str:
    return "true" if sampled else "false"
