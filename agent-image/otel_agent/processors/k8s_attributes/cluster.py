"""What all pipelines of one component id share: the watches, the pods they found, and attributes already made."""

import logging
from collections.abc import Mapping

from otel_agent.processors.k8s_attributes.association import Identity
from otel_agent.processors.k8s_attributes.attributes import Extractor, PodAttributes
from otel_agent.processors.k8s_attributes.config import K8sAttributesConfig
from otel_agent.processors.k8s_attributes.directory import Directory
from otel_agent.processors.k8s_attributes.objects import Metadata, Pod
from otel_agent.processors.k8s_attributes.watches import Watches
from otel_agent.telemetry.metrics import SelfMetrics

_COUNTED = ("namespace", "node", "replicaset")


class Cluster:
    """Answers which attributes telemetry of a pod gets."""

    def __init__(self, config: K8sAttributesConfig, logger: logging.Logger, metrics: SelfMetrics) -> None:
        """ValueError for a pattern that RE2 does not take."""
        self.extractor = Extractor(config.extract)
        self.directory = Directory([pod.name for pod in config.exclude.pods], config.pod_delete_grace_period)
        self._wants_cluster = "k8s.cluster.uid" in config.extract.metadata
        text = "Lists and watches of Kubernetes objects that failed, and objects that could not be taken."
        failures = metrics.counter("otelsvc_k8s_watch_failures", text, {}, unit="1")
        self._watches = Watches(config, kinds_needed(config, self.extractor), logger, failures)
        self._watches.on_pod = self._pod_changed
        self._watches.on_other = self._other_changed
        self._made: dict[tuple[str, str], PodAttributes] = {}
        self._users = 0
        self._counters = {
            (kind, what): metrics.counter(f"otelsvc_k8s_{kind}_{what}", f"Number of {kind} {what} events.", {}, unit="1")
            for kind in ("pod", *_COUNTED)
            for what in ("added", "updated", "deleted")
        }
        self.misses = metrics.counter("otelsvc_k8s_ip_lookup_miss", "Resources whose pod is not known.", {}, unit="1")
        metrics.observe("otelsvc_k8s_pod_table_size", "Pods that are known.", {}, lambda: len(self.directory), unit="1")

    async def acquire(self) -> None:
        """Begin to use it; the first user starts the watches. `StartError`."""
        self._users += 1
        if self._users == 1:
            try:
                await self._watches.start()
                if self._wants_cluster:
                    await self._watches.read_cluster_uid()
            except BaseException:
                self._users -= 1
                raise

    async def release(self) -> None:
        """End the use; the last user ends the watches."""
        self._users -= 1
        if self._users == 0:
            await self._watches.stop()

    def attributes(self, identity: Identity) -> PodAttributes | None:
        """Return the attributes of the pod with an identity; None when it is not known."""
        self.directory.sweep()
        pod = self.directory.find(identity)
        if pod is None:
            return None
        key = pod.metadata.namespace, pod.metadata.name
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self.extractor.of_pod(pod, self._watches.find, self._watches.cluster_uid)
        return found

    def of_object(self, kind: str, name: str) -> Mapping[str, str]:
        """Return what labels and annotations of a namespace or node say."""
        return self.extractor.of_object(kind, self._watches.find(kind, "", name))

    def _pod_changed(self, new: Pod | None, old: Pod | None) -> None:
        self._count("pod", new, old)
        for pod in (new, old):
            if pod is not None:
                self._made.pop((pod.metadata.namespace, pod.metadata.name), None)
        if new is not None:
            self.directory.put(new)
        elif old is not None:
            self.directory.leave(old)

    def _other_changed(self, kind: str, new: Metadata | None, old: Metadata | None) -> None:
        if kind in _COUNTED:
            self._count(kind, new, old)
        self._made.clear()  # it may belong to any pod, and they are made again in microseconds

    def _count(self, kind: str, new: object, old: object) -> None:
        what = "deleted" if new is None else "added" if old is None else "updated"
        self._counters[kind, what].add()


def kinds_needed(config: K8sAttributesConfig, extractor: Extractor) -> tuple[str, ...]:
    """Return which kinds besides pods have to be watched: each needs a permission, and memory."""
    wanted, rules = set(config.extract.metadata), extractor.rules
    needed = [kind for kind in ("namespace", "node", "deployment", "statefulset", "daemonset", "job") if rules[kind]]
    if "k8s.node.uid" in wanted and "node" not in needed:
        needed.append("node")
    by_name = {"k8s.deployment.name", "service.name"} & wanted and not config.extract.deployment_name_from_replicaset
    if by_name or "k8s.deployment.uid" in wanted:
        needed.append("replicaset")
    if "k8s.cronjob.uid" in wanted and "job" not in needed:
        needed.append("job")
    return tuple(needed)
