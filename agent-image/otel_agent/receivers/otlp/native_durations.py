"""How long requests of the native front end take, at level detailed: from the event loop's taking one to its answer.

Reading, unpacking and checking happen before, in the front end's thread, and do not count; on the portable front end they do.
"""

import time
from collections.abc import Awaitable, Callable

from otel_agent.receivers.otlp.native_answers import Kind, Ready
from otel_agent.receivers.otlp.native_plan import SIGNALS, Plan
from otel_agent.receivers.otlp.native_request import Taken
from otel_agent.telemetry.calls import HttpDurations, RpcDurations
from otel_agent.telemetry.metrics import SelfMetrics
from otel_agent.transport.grpc_services import SERVICES

Answer = Callable[[Taken], Awaitable[Ready | None]]


class MeasuredAnswers:
    """`answer`, with its time noted under the protocol that came."""

    def __init__(self, answer: Answer, plan: Plan, metrics: SelfMetrics) -> None:
        self._answer = answer
        self._routes = {number: path for path, number in plan.settings.http_paths}
        scheme = "http" if plan.own.tls is None else "https"
        self._http = HttpDurations(metrics, "server", {"url_scheme": scheme})
        self._rpc = RpcDurations(metrics, "server")

    async def __call__(self, taken: Taken) -> Ready | None:
        """Answer and record."""
        began = time.perf_counter()
        ready = await self._answer(taken)
        seconds, kind, number = time.perf_counter() - began, Kind(taken[1]), taken[2]
        if kind is Kind.GRPC:
            self._rpc.record(seconds, SERVICES[SIGNALS[number]], _grpc_status(ready))
        elif kind is Kind.PREFLIGHT:
            self._http.record(seconds, "OPTIONS", http_route="", http_response_status_code="204")
        else:
            status = "200" if ready is None else str(ready[0])
            self._http.record(seconds, "POST", http_route=self._routes[number], http_response_status_code=status)
        return ready


def _grpc_status(ready: Ready | None) -> int:
    return 0 if ready is None else int(dict(ready[1])["grpc-status"])
