"""Watches pods, and what else the configuration needs to know."""

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

from otel_agent.kube.client import KubeClient
from otel_agent.kube.configured import access_of
from otel_agent.kube.errors import KubeError
from otel_agent.kube.failures import FailureLog
from otel_agent.kube.reflector import Key, Reflector
from otel_agent.kube.resources import CLUSTER, resource_of
from otel_agent.pipeline.errors import StartError
from otel_agent.processors.k8s_attributes.config import FilterConfig, K8sAttributesConfig, SelectorRule
from otel_agent.processors.k8s_attributes.objects import Metadata, Pod, metadata_of, pod_of
from otel_agent.telemetry.instruments import Counter


class Watches:
    """The reflectors of one component id."""

    def __init__(self, config: K8sAttributesConfig, kinds: tuple[str, ...], logger: logging.Logger, failures: Counter) -> None:
        self._config = config
        self._kinds = kinds
        self._logger = logger
        self._failures = FailureLog(logger, failures)
        self._client: KubeClient | None = None
        self._pods: Reflector | None = None
        self._others: dict[str, Reflector] = {}
        self.cluster_uid = ""
        self.on_pod: Callable[[Pod | None, Pod | None], None] = lambda new, old: None
        self.on_other: Callable[[str, Metadata | None, Metadata | None], None] = lambda kind, new, old: None

    async def start(self) -> None:
        """Begin; `StartError` when there is no access as configured, or, where asked to wait, objects were not listed in time."""
        config = self._config
        self._client = KubeClient(access_of(config, self._logger))
        pods = resource_of(
            "pod",
            config.filter.namespace,
            label_selector=label_selector(config.filter.labels),
            field_selector=field_selector(config.filter, os.environ),
        )
        self._pods = Reflector(
            self._client,
            pods,
            on_failure=self._failures,
            slim=pod_of,
            on_change=lambda key, new, old: self.on_pod(new, old),
        )
        for kind in self._kinds:
            self._others[kind] = Reflector(
                self._client,
                resource_of(kind, config.filter.namespace),
                on_failure=self._failures,
                slim=metadata_of,
                on_change=self._teller(kind),
            )
        for reflector in (*self._others.values(), self._pods):
            await reflector.start(self._logger)
        if config.wait_for_metadata:
            seconds = config.wait_for_metadata_timeout
            for reflector in (self._pods, *self._others.values()):
                if not await reflector.synced(seconds):
                    await self.stop()
                    raise StartError(f"wait_for_metadata: the API server did not list the objects within {seconds:g} s")

    async def stop(self) -> None:
        """End. Idempotent."""
        for reflector in (*self._others.values(), *((self._pods,) if self._pods is not None else ())):
            await reflector.stop()
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def read_cluster_uid(self) -> None:
        """Take the uid of the namespace kube-system for the cluster's, which has none; a failure is logged."""
        assert self._client is not None
        try:
            self.cluster_uid = await self._client.uid(CLUSTER)
        except KubeError as error:
            self._logger.warning("k8s.cluster.uid is not known", extra={"error": str(error)})

    def find(self, kind: str, namespace: str, name: str) -> Metadata | None:
        """Return what is known of an object."""
        reflector = self._others.get(kind)
        found: Metadata | None = reflector.objects.get((namespace, name)) if reflector is not None else None
        return found

    def _teller(self, kind: str) -> Callable[[Key, Any, Any], None]:
        return lambda key, new, old: self.on_other(kind, new, old)


def label_selector(rules: list[SelectorRule]) -> str:
    """Write a label selector of Kubernetes."""
    forms = {"equals": "{0}={1}", "not-equals": "{0}!={1}", "exists": "{0}", "does-not-exist": "!{0}"}
    return ",".join(forms[rule.op].format(rule.key, rule.value) for rule in rules)


def field_selector(config: FilterConfig, environment: Mapping[str, str]) -> str:
    """Write a field selector of Kubernetes; `StartError` when the variable with the node's name is not set."""
    node = config.node
    if config.node_from_env_var:
        node = environment.get(config.node_from_env_var, "")
        if not node:
            raise StartError(f"filter::node_from_env_var: the environment variable {config.node_from_env_var} is not set")
    parts = [f"spec.nodeName={node}"] if node else []
    parts += [f"{rule.key}{'=' if rule.op == 'equals' else '!='}{rule.value}" for rule in config.fields]
    return ",".join(parts)
