"""Looks at the pods of collectors that stay unavailable, ever more rarely, so that status can say why.

Where there are too few pods, an Event on the workload tells why: only Deployments have it in their status that a quota or
Pod Security refuses their pods.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from otel_operator.errors import ApiError
from otel_operator.kinds import EVENT, POD
from otel_operator.kube.client import KubeClient
from otel_operator.reconcile.ownership import Key
from otel_operator.reconcile.pods import refusal_of, trouble_of
from otel_operator.reconcile.workload import Workload

PATIENCE = 10.0
"""Seconds that a workload may be unavailable before its pods are looked at: most starts take less."""
_RAREST = 300.0
_MOST_PODS = 50
_MOST_EVENTS = 50
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    next_look: float
    pause: float = PATIENCE
    trouble: str = ""


class Diagnosis:
    """Remembers per unavailable collector when to look next and what was found last."""

    def __init__(self, client: KubeClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._clock = client, clock
        self._watched: dict[Key, _Watched] = {}

    def well(self, key: Key) -> None:
        """Forget a collector that is available or gone."""
        self._watched.pop(key, None)

    async def ailing(self, key: Key, selector: Mapping[str, str], workload: Workload) -> tuple[str, float]:
        """Return what ails the pods as far as known, and in how many seconds to ask again."""
        now = self._clock()
        watched = self._watched.setdefault(key, _Watched(now + PATIENCE))
        if now >= watched.next_look:
            watched.trouble = await self._look(key, selector, workload)
            watched.next_look = now + watched.pause
            watched.pause = min(watched.pause * 2, _RAREST)
        return watched.trouble, watched.next_look - now + 0.1

    async def _look(self, key: Key, selector: Mapping[str, str], workload: Workload) -> str:
        labels = ",".join(f"{name}={value}" for name, value in sorted(selector.items()))
        try:
            pods = [pod async for pod in self._client.list(POD, key.namespace, labels=labels, limit=_MOST_PODS)]
            trouble = trouble_of(pods)
            if trouble or len(pods) >= min(workload.desired, _MOST_PODS) or workload.kind == "Deployment":
                return trouble
            fields = f"reason=FailedCreate,regarding.kind={workload.kind},regarding.name={workload.name}"
            events = self._client.list(EVENT, key.namespace, fields=fields, limit=_MOST_EVENTS)
            return refusal_of([event async for event in events])
        except ApiError as error:
            # Status without the cause is better than no status.
            _log.warning("cannot look at the pods of %s: %s", key, error)
            return ""
