"""Why a collector's pods are not ready or not even there, in one sentence. Pure.

Pods are listed only for a collector that has been unavailable for a while; they are never watched.
"""

from collections.abc import Iterable
from typing import Any

from otel_operator.json_types import JsonObject

_LONGEST_MESSAGE = 600
_STARTING = frozenset({"ContainerCreating", "PodInitializing", ""})


def trouble_of(pods: Iterable[JsonObject]) -> str:
    """Return what the first troubled pod suffers from, or "" when all are fine or merely starting.

    Pods that are being deleted do not count, and those that ended (an evicted one stays for hours) only if no other is troubled.
    """
    standing = (pod for pod in pods if not pod["metadata"].get("deletionTimestamp"))
    for pod in sorted(standing, key=lambda pod: (_ended(pod), str(pod["metadata"].get("name")))):
        if said := _trouble(pod):
            return f"pod {pod['metadata'].get('name')}: {said}"
    return ""


def refusal_of(events: Iterable[JsonObject]) -> str:
    """Return what the latest of these FailedCreate events on a workload says, "" without any."""
    latest = max(events, key=_time, default={})
    return _cut(str(latest.get("note") or ""))


def _time(event: JsonObject) -> str:
    series: JsonObject = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("deprecatedLastTimestamp") or event.get("eventTime") or "")


def _ended(pod: JsonObject) -> bool:
    return (pod.get("status") or {}).get("phase") == "Failed"


def _trouble(pod: JsonObject) -> str:
    status = pod.get("status") or {}
    if _ended(pod) and status.get("reason"):
        return _cut(f"failed: {status['reason']} {status.get('message') or ''}".strip())
    for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        if said := _container_trouble(container):
            return said
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return _cut(f"not scheduled: {condition.get('message') or condition.get('reason')}")
    return "failed" if _ended(pod) else ""


def _container_trouble(container: JsonObject) -> str:
    state, last = container.get("state") or {}, container.get("lastState") or {}
    waiting: dict[str, Any] = state.get("waiting") or {}
    ended: dict[str, Any] = state.get("terminated") or last.get("terminated") or {}
    failed = ended if ended.get("exitCode") or ended.get("reason") == "OOMKilled" else {}
    reason = str(waiting.get("reason") or "")
    if container.get("ready") or (reason in _STARTING and not failed):
        return ""
    parts = [f"container {container.get('name')}"]
    if reason not in _STARTING:
        parts.append(f"is waiting: {reason}")
    if failed:
        parts.append(f"exited with code {failed.get('exitCode')} ({failed.get('reason') or 'no reason'})")
        parts.append(f"{container.get('restartCount') or 0} restarts")
    message = str(failed.get("message") or waiting.get("message") or "").strip()
    text = f"{parts[0]} {', '.join(parts[1:])}"
    return _cut(f"{text}: {_tail(message)}" if message else text)


def _tail(message: str) -> str:
    """Return the end of a log: the error is in its last lines."""
    return message if len(message) <= _LONGEST_MESSAGE // 2 else "…" + message[-_LONGEST_MESSAGE // 2 :]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"
