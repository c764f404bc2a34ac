"""Builds the program from options: which certificate source, which handlers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from otel_operator.api.conversion import convert
from otel_operator.errors import OperatorError
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect
from otel_operator.resources.install.names import COLLECTOR_CRD, CONVERT, METRICS_PORT, PROBE_PORT, WEBHOOK_PORT, Installation
from otel_operator.settings import Settings
from otel_operator.webhook.admission import decisions
from otel_operator.webhook.certificates.files import CertificateFiles
from otel_operator.webhook.certificates.shared_secret import SecretPlace, SharedSecret
from otel_operator.webhook.certificates.trust import registrations
from otel_operator.webhook.endpoints import Handler, admission, conversions
from otel_operator.webhook.metrics import WebhookMetrics
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
    async with _source(options, context) as source:
        yield WebhookProgram(handlers(options.settings, metrics), source, context, metrics, listening)


def handlers(settings: Settings, metrics: WebhookMetrics) -> dict[str, Handler]:
    """Return the handler of every path."""
    admissions = {path: admission(path, decide, metrics) for path, decide in decisions(settings).items()}
    return {**admissions, CONVERT: conversions(convert)}


@asynccontextmanager
async def _source(options: WebhookOptions, context: ServingContext) -> AsyncIterator[CertificateSource]:
    if options.certificate_file or options.key_file:
        if not (options.certificate_file and options.key_file):
            raise OperatorError("--tls-cert-file and --tls-key-file need each other; give both, or none for an own certificate")
        yield CertificateFiles(options.certificate_file, options.key_file, context)
        return
    connection = await connect(options.kubeconfig)
    client = KubeClient(connection)
    try:
        yield SharedSecret(client, _place(options, options.namespace or connection.namespace), context)
    finally:
        await client.close()


def _place(options: WebhookOptions, namespace: str) -> SecretPlace:
    service = f"{options.service}.{namespace}.svc"
    names = registrations(options.mutating_configuration, options.validating_configuration, options.crds)
    return SecretPlace(namespace, options.secret, (service, f"{service}.cluster.local", *options.hosts), names)
