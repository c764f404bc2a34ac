"""All known pods, found by address, uid, name or container; a deleted one stays for a while."""

import time
from collections import deque
from collections.abc import Callable, Sequence

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.processors.k8s_attributes.association import CONNECTION, Identity
from otel_agent.processors.k8s_attributes.objects import Pod

PodKey = tuple[str, str]
"""Namespace and name."""
_ADDRESSES = (CONNECTION, "k8s.pod.ip", "ip", "host.name")


class Directory:
    """Pods by what telemetry says of them. One in its node's network shares its address with others, and is not found by it."""

    def __init__(self, excluded: Sequence[str], grace: float, now: Callable[[], float] = time.monotonic) -> None:
        """`excluded` are patterns of pod names, `grace` seconds; ValueError for a pattern that RE2 does not take."""
        self._excluded = [compile_pattern(pattern) for pattern in excluded]
        self._grace = grace
        self._now = now
        self._index: dict[tuple[str, str], PodKey] = {}
        self._pods: dict[PodKey, Pod] = {}
        self._leaving: deque[tuple[float, PodKey, Pod]] = deque()
        self.version = 0
        """Rises with each change."""

    def __len__(self) -> int:
        return len(self._pods)

    def put(self, pod: Pod) -> None:
        """Take a pod in, or what it has become."""
        key = pod.metadata.namespace, pod.metadata.name
        before = self._pods.get(key)
        if before is not None:
            self._unlist(key, before, but=pod)
        self._pods[key] = pod
        for entry in self._entries(pod):
            self._index[entry] = key
        self.version += 1
        self.sweep()

    def leave(self, pod: Pod) -> None:
        """Forget a pod after the grace period, unless one of its name has come by then."""
        self._leaving.append((self._now() + self._grace, (pod.metadata.namespace, pod.metadata.name), pod))
        self.sweep()

    def sweep(self) -> None:
        """Forget pods whose time is over."""
        while self._leaving and self._leaving[0][0] <= self._now():
            _, key, pod = self._leaving.popleft()
            if self._pods.get(key) is pod:
                del self._pods[key]
                self._unlist(key, pod)
                self.version += 1

    def find(self, identity: Identity) -> Pod | None:
        """Return the pod that has all of an identity."""
        keys = set()
        names = dict(identity)
        if "k8s.pod.name" in names and "k8s.namespace.name" in names:
            keys.add((names.pop("k8s.namespace.name"), names.pop("k8s.pod.name")))
        for name, value in names.items():
            key = self._index.get(("address", value) if name in _ADDRESSES else (name, value))
            if key is None:
                return None
            keys.add(key)
        pod = self._pods.get(keys.pop()) if len(keys) == 1 else None
        return None if pod is None or self._is_excluded(pod) else pod

    def _is_excluded(self, pod: Pod) -> bool:
        return any(pattern.search(pod.metadata.name) for pattern in self._excluded)

    def _unlist(self, key: PodKey, pod: Pod, but: Pod | None = None) -> None:
        stays = set(self._entries(but)) if but is not None else set()
        for entry in self._entries(pod):
            if entry not in stays and self._index.get(entry) == key:
                del self._index[entry]

    def _entries(self, pod: Pod) -> list[tuple[str, str]]:
        metadata = pod.metadata
        entries = [("k8s.pod.uid", metadata.uid), ("k8s.pod.hostname", pod.hostname), ("k8s.pod.name", metadata.name)]
        entries += [("container.id", identity) for one in pod.containers.values() for identity in one.ids.values()]
        if not pod.host_network:
            entries += [("address", ip) for ip in pod.ips]
        return [entry for entry in entries if entry[1]]
