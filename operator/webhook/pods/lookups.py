"""What the caches do not have yet, asked of the API server once and within a bound of time."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from otel_operator.components.collector_config import sequence
from otel_operator.errors import ApiError, NotFound
from otel_operator.inject.subject import Owner
from otel_operator.inject.surroundings import Reference
from otel_operator.json_types import JsonObject
from otel_operator.kinds import CONFIGMAP, NAMESPACE, SECRET
from otel_operator.kube.client import KubeClient
from otel_operator.webhook.pods.caches import INTERMEDIATE, Caches, Marks, OwnersOf, marks_of, owner, owners_of

_MOST_OWNERS = 8
"""Of a pod, with their own; in practice two."""
_PRESENT_SECONDS, _ABSENT_SECONDS = 30.0, 1.0
"""How long a Secret or ConfigMap that was seen, or missed, is taken to stay so; who misses one is about to create it."""
_MOST_PRESENCES = 2000
_KINDS = {kind.kind: kind for kind in (SECRET, CONFIGMAP)}
_log = logging.getLogger(__name__)


class Lookups:
    """Completes the caches' answers. The client's own timeout and retries must be short: pods wait."""

    def __init__(self, caches: Caches, client: KubeClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._caches, self._client, self._clock = caches, client, clock
        self._present: OrderedDict[Reference, tuple[float, bool]] = OrderedDict()

    async def marks(self, namespace: str) -> Marks | None:
        """Return a namespace's annotations and labels; it may be younger than the watch's last news. None when it is not found.

        Raises ApiError when the API server does not answer.
        """
        known = self._caches.namespaces.get("", namespace)
        if known is not None:
            return known
        try:
            return marks_of(await self._client.get_metadata(NAMESPACE, None, namespace))
        except NotFound:
            return None

    async def owners(self, pod: JsonObject, namespace: str, deadline: float) -> tuple[Owner, ...]:
        """Return a pod's owners, each followed by its own; a chain ends where nothing is known by `deadline` (loop time)."""
        found: list[Owner] = []
        pending = [owner(reference) for reference in sequence(pod["metadata"].get("ownerReferences"))]
        while pending and len(found) < _MOST_OWNERS:
            current = pending.pop(0)
            found.append(current)
            pending = [*await self._owners_of(current, namespace, deadline), *pending]
        return tuple(found)

    async def _owners_of(self, current: Owner, namespace: str, deadline: float) -> tuple[Owner, ...]:
        kind = INTERMEDIATE.get((current.api_version.partition("/")[0], current.kind))
        if kind is None:
            return ()
        known: OwnersOf | None = self._caches.owners[kind].get(namespace, current.name)
        if known is None or known.uid != current.uid:
            try:
                async with asyncio.timeout_at(deadline):
                    known = owners_of(await self._client.get_metadata(kind, namespace, current.name))
            except (ApiError, TimeoutError) as error:
                _log.debug("owner of %s %s/%s not found: %s", current.kind, namespace, current.name, error)
                return ()
        return known.owners if known.uid == current.uid else ()

    async def presence(self, references: Iterable[Reference], deadline: float) -> dict[Reference, bool]:
        """Return which Secrets and ConfigMaps exist; those that could not be looked up by `deadline` are left out."""
        found: dict[Reference, bool] = {}
        unknown: list[Reference] = []
        for reference in references:
            until, present = self._present.get(reference, (0.0, False))
            if self._clock() < until:
                found[reference] = present
            else:
                unknown.append(reference)
        answers = await asyncio.gather(*(self._exists(reference, deadline) for reference in unknown))
        for reference, answer in zip(unknown, answers, strict=True):
            if answer is not None:
                found[reference] = answer
                self._remember(reference, present=answer)
        return found

    async def _exists(self, reference: Reference, deadline: float) -> bool | None:
        kind = _KINDS[reference.kind]
        try:
            async with asyncio.timeout_at(deadline):
                await self._client.get_metadata(kind, reference.namespace, reference.name)
        except NotFound:
            return False
        except (ApiError, TimeoutError) as error:
            _log.debug("%s %s/%s not looked up: %s", reference.kind, reference.namespace, reference.name, error)
            return None
        return True

    def _remember(self, reference: Reference, *, present: bool) -> None:
        self._present[reference] = (self._clock() + (_PRESENT_SECONDS if present else _ABSENT_SECONDS), present)
        self._present.move_to_end(reference)
        if len(self._present) > _MOST_PRESENCES:
            self._present.popitem(last=False)
