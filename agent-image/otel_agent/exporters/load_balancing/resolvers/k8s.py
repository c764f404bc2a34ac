"""Backends that are the ready endpoints of a Service, watched through its EndpointSlices (discovery.k8s.io/v1)."""

import asyncio
from collections.abc import Callable
from logging import Logger

from otel_agent.exporters.load_balancing.config import K8sResolverConfig
from otel_agent.exporters.load_balancing.resolvers import Findings
from otel_agent.exporters.load_balancing.resolvers.endpoint_slices import endpoints_of, hosts_by_address, hosts_by_name
from otel_agent.kube.access import KubeAccess
from otel_agent.kube.client import KubeClient
from otel_agent.kube.errors import KubeError
from otel_agent.kube.pod import access_of_pod
from otel_agent.kube.reflector import Reflector, pause_after
from otel_agent.kube.resources import resource_of
from otel_agent.pipeline.errors import StartError

_TIMEOUT = 1.0


class K8sResolver:
    """Tells the endpoints whenever a slice has changed them."""

    name = "k8s"

    def __init__(self, config: K8sResolverConfig, logger: Logger, access: Callable[[], KubeAccess] | None = None) -> None:
        """`access` returns the way to the API server or raises `StartError`; by default it is the pod's."""
        self._config = config
        self._access = access or (lambda: access_of_pod("k8s resolver", logger, elsewhere="elsewhere use static or dns"))
        self.patience = config.timeout or _TIMEOUT

    async def run(self, findings: Findings) -> None:
        """Watch until cancelled; what goes wrong is told and tried again, less and less often."""
        client = KubeClient(await self._accessible(findings))
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._watch(client, findings, tasks)
        finally:
            await client.aclose()

    async def _accessible(self, findings: Findings) -> KubeAccess:
        failures = 0
        while True:
            try:
                return self._access()
            except StartError as error:
                failures += 1
                findings.failed(f"{self._config.service}: {error}")
            await asyncio.sleep(pause_after(failures))

    async def _watch(self, client: KubeClient, findings: Findings, tasks: asyncio.TaskGroup) -> None:
        config = self._config
        service, _, namespace = config.service.partition(".")
        namespace = namespace or client.access.namespace
        changed = asyncio.Event()

        def failed(error: KubeError) -> None:
            findings.failed(f"{config.service}: {error}" + (f"; {error.remedy}" if error.remedy else ""))

        slices = Reflector(
            client,
            resource_of("endpointslice", namespace, label_selector=f"kubernetes.io/service-name={service}"),
            on_failure=failed,
            on_change=lambda key, new, old: changed.set(),
            slim=hosts_by_name(service, namespace) if config.return_hostnames else hosts_by_address,
        )
        tasks.create_task(slices.run(), name=f"reflect slices of {config.service}")
        await slices.synced()
        while True:
            changed.clear()
            await findings.found(endpoints_of(slices.objects.values(), config.ports))
            await changed.wait()
