"""What failures of several parts mean for the request that they are parts of. Pure."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError


class Failure(NamedTuple):
    """Why a backend did not take its share."""

    error: ConsumeError
    share: Telemetry


def joined(failures: Sequence[Failure], whole: Telemetry) -> ConsumeError:
    """Return the one error that says it all.

    If any share can be tried again, so can the request, with those shares as what failed; shares that never will be taken have
    been counted by their backends' exporters and are not among them.
    """
    again = [failure for failure in failures if not isinstance(failure.error, PermanentError)]
    chosen = again or list(failures)
    left = [failure.error.failed or failure.share for failure in chosen]
    items = sum(part.items for part in left)
    failed = (
        None if items == whole.items else dataclasses.replace(whole, data=kernel.merge(part.data for part in left), items=items)
    )
    text = "; ".join(dict.fromkeys(str(failure.error) for failure in chosen))
    kind = RetryableError if again else PermanentError
    waits = [failure.error.retry_after for failure in again if failure.error.retry_after is not None]
    return kind(text, grpc_code=chosen[0].error.grpc_code, retry_after=max(waits, default=None), failed=failed)
