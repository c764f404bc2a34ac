"""Posts `events.k8s.io/v1` Events on objects: what a user sees under `kubectl describe`.

Kopf's own posting works only inside its handlers and does not deduplicate. Here the same (object, reason, note) within
six minutes becomes one Event with a series count; the queue is bounded and its oldest entries give way, for an Event is
never worth memory or a stalled reconcile.
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from otel_operator.errors import ApiError, Conflict, NotFound
from otel_operator.json_types import JsonObject
from otel_operator.kinds import EVENT
from otel_operator.kube.client import KubeClient

CONTROLLER = "opentelemetry-operator"
EventType = Literal["Normal", "Warning"]
_SERIES_SECONDS = 360.0
_LONGEST_NOTE = 1024
"""In bytes, as the API server counts."""
_LONGEST_REASON = 128
_log = logging.getLogger(__name__)


class Recorder(Protocol):
    """Posts an Event on an object, as does EventRecorder."""

    def record(self, obj: JsonObject, type_: EventType, reason: str, note: str, action: str = "Reconcile") -> None:
        """Queue the event."""


@dataclass(slots=True)
class _Series:
    """An Event that exists on the server, and how often it has happened."""

    name: str
    last: float
    count: int = 1


@dataclass(slots=True)
class _Pending:
    key: tuple[str, str, str]
    obj: JsonObject
    type: EventType
    action: str
    happened: datetime = field(default_factory=lambda: datetime.now(UTC))


class EventRecorder:
    """`record()` never blocks; `run()` is the task that posts, at most `rate` requests a second."""

    def __init__(
        self,
        client: KubeClient,
        instance: str,
        *,
        capacity: int = 500,
        rate: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._instance, self._capacity = client, instance, capacity
        self._pause, self._clock = 1.0 / rate, clock
        self._queue: OrderedDict[tuple[str, str, str], _Pending] = OrderedDict()
        self._extra: dict[tuple[str, str, str], int] = {}
        self._series: OrderedDict[tuple[str, str, str], _Series] = OrderedDict()
        self._filled = asyncio.Event()
        self.dropped = 0
        """Events given up for want of room."""

    def record(self, obj: JsonObject, type_: EventType, reason: str, note: str, action: str = "Reconcile") -> None:
        """Queue an Event on `obj` (apiVersion, kind and metadata with namespace, name and uid are read)."""
        meta = obj["metadata"]
        key = (str(meta.get("uid") or meta["name"]), _cut(reason, _LONGEST_REASON), _cut(note, _LONGEST_NOTE))
        if key in self._queue:
            self._extra[key] = self._extra.get(key, 0) + 1
            return
        if len(self._queue) >= self._capacity:
            oldest, _ = self._queue.popitem(last=False)
            self._extra.pop(oldest, None)
            self.dropped += 1
        slim = {name: meta.get(name) for name in ("namespace", "name", "uid", "resourceVersion")}
        self._queue[key] = _Pending(key, {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": slim}, type_, action)
        self._filled.set()

    async def run(self) -> None:
        """Post until cancelled."""
        while True:
            await self._filled.wait()
            await self.post_all()

    async def post_all(self) -> None:
        """Post what is queued, at the recorder's rate; an Event that the server refuses is logged and given up."""
        while self._queue:
            _, pending = self._queue.popitem(last=False)
            times = 1 + self._extra.pop(pending.key, 0)
            try:
                await self._post(pending, times)
            except ApiError as error:
                _log.warning("event not posted: %s", error)
            await asyncio.sleep(self._pause)
        self._filled.clear()

    async def _post(self, pending: _Pending, times: int) -> None:
        self._forget_old()
        series = self._series.get(pending.key)
        if series is not None and await self._count(pending, series, times):
            return
        digest = hashlib.sha256("\0".join((*pending.key, pending.happened.isoformat())).encode()).hexdigest()[:16]
        event = event_object(pending.obj, pending.type, pending.key[1], pending.key[2], pending.action, pending.happened)
        event["metadata"]["name"] = f"{pending.obj['metadata']['name'][:200]}.{digest}"
        event["reportingInstance"] = _cut(self._instance, _LONGEST_REASON)
        try:
            await self._client.create(event)
        except Conflict:
            _log.debug("event was posted by an earlier try")
        self._series[pending.key] = _Series(event["metadata"]["name"], self._clock(), times)

    async def _count(self, pending: _Pending, series: _Series, times: int) -> bool:
        """Raise the count of an Event that exists; False when the server has forgotten it."""
        series.count += times
        series.last = self._clock()
        patch = {"series": {"count": max(series.count, 2), "lastObservedTime": _micro(pending.happened)}}
        try:
            await self._client.merge_patch(EVENT, _namespace(pending.obj), series.name, patch)
        except NotFound:
            del self._series[pending.key]
            return False
        return True

    def _forget_old(self) -> None:
        old = self._clock() - _SERIES_SECONDS
        for key in [key for key, series in self._series.items() if series.last < old]:
            del self._series[key]
        while len(self._series) > 2 * self._capacity:
            self._series.popitem(last=False)


def event_object(obj: JsonObject, type_: EventType, reason: str, note: str, action: str, happened: datetime) -> JsonObject:
    """Build the Event without name and reporting instance. Pure."""
    meta = obj["metadata"]
    regarding = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": meta["name"]}
    regarding |= {name: meta[name] for name in ("namespace", "uid", "resourceVersion") if meta.get(name)}
    return {
        "apiVersion": EVENT.api_version,
        "kind": EVENT.kind,
        "metadata": {"namespace": _namespace(obj)},
        "eventTime": _micro(happened),
        "reportingController": CONTROLLER,
        "action": action,
        "reason": reason,
        "regarding": regarding,
        "note": note,
        "type": type_,
    }


def _cut(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")


def _namespace(obj: JsonObject) -> str:
    return str(obj["metadata"].get("namespace") or "default")


def _micro(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
