"""The demo's steps, in order; each can be repeated, so a broken run continues where it was."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e import product
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import elapsed, say
from e2e.demo.spans import Span, draw, newest_whole_trace, spans_in
from e2e.kubectl import Kubectl, NotYetError, wait_until

MANIFESTS = Path(__file__).parent / "manifests"
NAMESPACE = "otel-demo"
TRACE_SECONDS = 180


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print what happens and how long it took."""
    say(f"\n>> {title}")
    started = time.monotonic()
    yield
    say(f"   done in {elapsed(time.monotonic() - started)}")


def run(kubectl: Kubectl, load: Callable[[Path], None]) -> str:
    """Do the main job on a running cluster and return the drawing of one trace that the gateway got.

    ClusterError with events and logs when something does not come up, or no trace is seen within three minutes.
    """
    demo = kubectl.within(NAMESPACE)
    with step("images: operator, collector and the sample app"):
        product.load_images(load, ("operator", "collector", "sample-app"))
    with step("operator: kubectl apply -f manifests/opentelemetry-operator.yaml"):
        product.install(kubectl)
    with step("the guide's otel-agent DaemonSet, an otel-gateway of two replicas, and a shop that uses the stock SDK"):
        demo.ensure_namespace()
        for name in ("otel-gateway", "otel-agent", "shop"):
            say("   " + demo.apply(MANIFESTS / f"{name}.yaml").strip())
        product.end_back_off(demo)
        try:
            for name in ("otel-gateway", "otel-agent"):
                demo("wait", "--for=condition=Available", f"otelcol/{name}", "--timeout=120s", timeout=150)
        except ClusterError as error:
            raise ClusterError(f"{error}\n{product.explain(demo)}") from error
        say(demo("get", "otelcol").rstrip())
    with step(f"wait for a trace of the shop at the gateway (at most {elapsed(TRACE_SECONDS)})"):
        try:
            trace = wait_until(
                "a trace of the shop at the gateway", lambda: trace_at_gateway(demo), timeout=TRACE_SECONDS, every=2
            )
        except NotYetError as error:
            raise ClusterError(
                f"{error}\n{product.explain(demo)}\n{product.explain(kubectl.within(product.NAMESPACE))}"
            ) from error
    return draw(trace)


def trace_at_gateway(demo: Kubectl) -> list[Span]:
    """Read the end of what each gateway replica's file exporter wrote, and pick the newest whole trace."""
    spans = []
    for pod in product.pods_of(demo, "otel-gateway"):
        text = demo("exec", pod, "--", "tail", "--bytes=400000", "/data/telemetry.jsonl")
        spans += spans_in(text.splitlines())
    return newest_whole_trace(spans, "shop")
