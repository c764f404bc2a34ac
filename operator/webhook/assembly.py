"""Builds the program from options: which certificate source, which handlers."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from otel_operator.api.conversion import convert
from otel_operator.errors import OperatorError
from otel_operator.inject.digests import Digests
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection, connect
from otel_operator.kube.events import EventRecorder
from otel_operator.kube.reflector import Reflector
from otel_operator.kube.retry import ONCE
from otel_operator.resources.install.names import (
    COLLECTOR_CRD,
    CONVERT,
    METRICS_PORT,
    MUTATE_POD,
    PROBE_PORT,
    WEBHOOK_PORT,
    Installation,
)
from otel_operator.settings import Settings
from otel_operator.webhook.admission import decisions
from otel_operator.webhook.certificates.files import CertificateFiles
from otel_operator.webhook.certificates.shared_secret import SecretPlace, SharedSecret
from otel_operator.webhook.certificates.trust import registrations
from otel_operator.webhook.endpoints import Handler, Route, admission, conversions
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.pods.admission import PodAdmission, PodLimits
from otel_operator.webhook.pods.announcing import Announcer
from otel_operator.webhook.pods.caches import Caches
from otel_operator.webhook.pods.lookups import Lookups
from otel_operator.webhook.pods.mutators import mutators
from otel_operator.webhook.pods.native_sidecars import NativeSidecars
from otel_operator.webhook.pods.upkeep import Upkeep, UpkeepMetrics
from otel_operator.webhook.program import Address, CertificateSource, Listening, WebhookProgram
from otel_operator.webhook.tls import ServingContext

_DEFAULTS = Installation()


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """What the command line decides."""

    webhook_port: int = WEBHOOK_PORT
    webhook_host: str | None = None
    probe_address: str = f":{PROBE_PORT}"
    metrics_address: str = f":{METRICS_PORT}"
    shutdown_delay: float = 5.0
    settings: Settings = field(default_factory=Settings)
    """What admission decides by."""
    pod_injection: bool = True
    native_sidecars: bool | None = None
    """None: as the API server's version allows."""
    certificate_file: Path | None = None
    key_file: Path | None = None
    kubeconfig: str | None = None
    namespace: str | None = None
    """None: the connection's own."""
    service: str = _DEFAULTS.webhook
    hosts: tuple[str, ...] = ()
    """Names of the certificate beside the Service's."""
    secret: str = _DEFAULTS.certificate_secret
    mutating_configuration: str = _DEFAULTS.mutating_configuration
    validating_configuration: str = _DEFAULTS.validating_configuration
    crds: tuple[str, ...] = (COLLECTOR_CRD,)


def parse_address(text: str) -> Address:
    """Read `[HOST]:PORT`; OperatorError when it is none."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise OperatorError(f"{text!r} is not an address: want HOST:PORT, or :PORT for all addresses")
    return Address(int(port), host.strip("[]") or None)


@asynccontextmanager
async def webhook_program(options: WebhookOptions) -> AsyncIterator[WebhookProgram]:
    """Make the program; leaving closes its connections.

    Raises:
        OperatorError: when options contradict each other or no cluster is found.

    """
    context, metrics = ServingContext(), WebhookMetrics()
    listening = Listening(
        webhooks=Address(options.webhook_port, options.webhook_host),
        probes=parse_address(options.probe_address),
        metrics=parse_address(options.metrics_address),
        shutdown_delay=options.shutdown_delay,
    )
    async with AsyncExitStack() as stack:
        connection = await _connection(options)
        admissions: dict[str, Handler | Route] = {**handlers(options.settings, metrics)}
        upkeep: Upkeep | None = None
        if options.pod_injection and connection is not None:
            upkeep = await _upkeep(connection, options, stack)
            metrics.watch(UpkeepMetrics(upkeep))
            admissions[MUTATE_POD] = await _pods(connection, options, upkeep, metrics, stack)
        source = await _source(connection, options, context, stack)
        yield WebhookProgram(admissions, source, context, metrics, listening, upkeep)


def handlers(settings: Settings, metrics: WebhookMetrics) -> dict[str, Handler]:
    """Return the handler of every path but the pods', which needs a connection."""
    admissions = {path: admission(path, decide, metrics) for path, decide in decisions(settings).items()}
    return {**admissions, CONVERT: conversions(convert)}


async def _connection(options: WebhookOptions) -> Connection | None:
    """Connect, unless certificate files are all that is needed."""
    if bool(options.certificate_file) != bool(options.key_file):
        raise OperatorError("--tls-cert-file and --tls-key-file need each other; give both, or none for an own certificate")
    return await connect(options.kubeconfig) if options.pod_injection or not options.certificate_file else None


async def _source(
    connection: Connection | None, options: WebhookOptions, context: ServingContext, stack: AsyncExitStack
) -> CertificateSource:
    if options.certificate_file and options.key_file:
        return CertificateFiles(options.certificate_file, options.key_file, context)
    assert connection is not None
    client = KubeClient(connection)
    stack.push_async_callback(client.close)
    return SharedSecret(client, _place(options, options.namespace or connection.namespace), context)


async def _upkeep(connection: Connection, options: WebhookOptions, stack: AsyncExitStack) -> Upkeep:
    """Make what keeps the caches."""
    client = KubeClient(connection)
    stack.push_async_callback(client.close)
    session = await stack.enter_async_context(connection.session())
    caches = Caches(options.settings.injection.static)
    return Upkeep(
        caches=caches,
        reflectors=[Reflector(client, session, connection, view) for view in caches.views()],
        native_sidecars=NativeSidecars(client, options.native_sidecars),
        events=EventRecorder(client, os.environ.get("POD_NAME") or socket.gethostname()),
    )


async def _pods(
    connection: Connection, options: WebhookOptions, upkeep: Upkeep, metrics: WebhookMetrics, stack: AsyncExitStack
) -> Route:
    """Make the handler of pods. It has a client of its own that gives up soon: pods wait for it."""
    limits = PodLimits()
    client = KubeClient(connection, timeout=limits.lookup_seconds, retry=ONCE)
    stack.push_async_callback(client.close)
    pods = PodAdmission(
        caches=upkeep.caches,
        ready=upkeep.ready,
        lookups=Lookups(upkeep.caches, client),
        features=mutators(options.settings, upkeep.native_sidecars),
        announcer=Announcer(metrics, upkeep.events),
        digests=Digests(options.settings.injection.images),
        limits=limits,
    )
    return Route(pods, limits.answer_seconds, limits.largest_review, pods.undecoded, pods.unanswered)


def _place(options: WebhookOptions, namespace: str) -> SecretPlace:
    service = f"{options.service}.{namespace}.svc"
    names = registrations(options.mutating_configuration, options.validating_configuration, options.crds)
    return SecretPlace(namespace, options.secret, (service, f"{service}.cluster.local", *options.hosts), names)
