"""Hands one request to several consumers: all are tried, and their refusals become one."""

import logging
from collections.abc import Mapping, Sequence

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Consumer
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError

_log = logging.getLogger(__name__)


class FanOut:
    """A consumer of consumers. Telemetry is immutable, so all of them share it, and a component that edits makes its own.

    Every branch gets the same object, whichever components come later: what the Go collector copies for a pipeline that
    mutates is here made by the edit itself, once it is known that something changes.
    """

    def __init__(self, branches: Mapping[str, Consumer]) -> None:
        self._branches = dict(branches)
        self._consumers = tuple(branches.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Pipeline or exporter ids of the branches, in order."""
        return tuple(self._branches)

    def route(self, *names: str) -> Consumer:
        """Return a consumer of some of the branches, in the order given; `Router` says more."""
        if not names:
            raise ValueError("missing consumers: name at least one pipeline")
        unknown = [name for name in dict.fromkeys(names) if name not in self._branches]
        if unknown:
            missing = ", ".join(f'"{name}"' for name in unknown)
            raise ValueError(f"missing consumer: {missing} (pipelines that name this connector as a receiver: {self._listed()})")
        return join({name: self._branches[name] for name in names})

    def _listed(self) -> str:
        return ", ".join(self._branches)

    async def consume(self, telemetry: Telemetry) -> None:
        """Give `telemetry` to every branch in order.

        Raises one `ConsumeError` for all that refused: permanent if any is (trying again would repeat the others' data without
        ever succeeding).
        """
        refusals: list[ConsumeError] = []
        for consumer in self._consumers:
            try:
                await consumer.consume(telemetry)
            except ConsumeError as error:
                refusals.append(error)
            except Exception as error:  # noqa: BLE001 -- a fault in one branch must not keep data from the others
                _log.exception("Unexpected error in a pipeline branch")
                refusals.append(PermanentError(f"{type(error).__name__}: {error}"))
        if refusals:
            raise join_refusals(refusals)


def join_refusals(refusals: Sequence[ConsumeError]) -> ConsumeError:
    """Return one error for several: their messages joined, the first status code, the longest wait."""
    if len(refusals) == 1:
        return refusals[0]
    permanent = any(isinstance(error, PermanentError) for error in refusals)
    codes = [
        error.grpc_code for error in refusals if error.grpc_code is not None and isinstance(error, PermanentError) == permanent
    ]
    waits = [error.retry_after for error in refusals if error.retry_after is not None]
    return (PermanentError if permanent else RetryableError)(
        "; ".join(str(error) for error in refusals),
        grpc_code=codes[0] if codes else None,
        retry_after=max(waits) if waits and not permanent else None,
    )


def join(branches: Mapping[str, Consumer]) -> Consumer:
    """Return the only branch, or a fan-out of several."""
    return next(iter(branches.values())) if len(branches) == 1 else FanOut(branches)
