"""`otel-operator webhook`: serves admission and conversion."""

import argparse
import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from otel_operator.cli import log_format
from otel_operator.cli.injection_options import INJECTION_OPTIONS, injection_settings
from otel_operator.cli.sources import Option, add_options, boolean, boolean_or_auto, comma_list, port, proxy_environment, resolve
from otel_operator.cli.unread_keys import tell_of_unread_keys
from otel_operator.resources.install.names import COLLECTOR_CRD, METRICS_PORT, PROBE_PORT, WEBHOOK_PORT, Installation
from otel_operator.settings import Settings

log = logging.getLogger(__name__)

_NAMES = Installation()
_NO_SECRET = "no Secret is kept then and no caBundle set"  # noqa: S105 - a sentence
OPTIONS = (
    Option("webhook-port", "WEBHOOK_PORT", WEBHOOK_PORT, port, "port of the webhooks, TLS"),
    Option("webhook-host", "", None, str, "address to serve webhooks on; all without it"),
    Option("metrics-addr", "METRICS_ADDR", f":{METRICS_PORT}", str, "address of /metrics, plain HTTP"),
    Option("health-probe-addr", "HEALTH_PROBE_ADDR", f":{PROBE_PORT}", str, "address of /healthz and /readyz"),
    Option("shutdown-delay", "", 5.0, float, "seconds to serve on after SIGTERM"),
    Option(
        "collector-image",
        "RELATED_IMAGE_COLLECTOR",
        Settings().collector_image,
        str,
        "image of collectors without spec.image; its components are what configurations are checked against",
    ),
    Option("pod-injection", "POD_INJECTION", True, boolean, "mutate pods; needs a cluster to read from"),
    Option(
        "native-sidecars",
        "NATIVE_SIDECARS",
        None,
        boolean_or_auto,
        "inject collectors as init containers that are restarted: true, false or auto, which is as the server's version allows",
    ),
    *INJECTION_OPTIONS,
    Option("tls-cert-file", "", None, Path, f"certificate to serve, watched for changes; {_NO_SECRET}"),
    Option("tls-key-file", "", None, Path, "its key"),
    Option("namespace", "NAMESPACE", None, str, "namespace of Service and Secret; the pod's own without it"),
    Option("service-name", "", _NAMES.webhook, str, "Service that API servers call"),
    Option("certificate-host", "", (), comma_list, "further names and IP addresses of the certificate", True),
    Option("certificate-secret", "", _NAMES.certificate_secret, str, "Secret that keeps the certificate"),
    Option("mutating-configuration", "", _NAMES.mutating_configuration, str, "MutatingWebhookConfiguration to set caBundle in"),
    Option("validating-configuration", "", _NAMES.validating_configuration, str, "the same, ValidatingWebhookConfiguration"),
    Option("conversion-crd", "", (COLLECTOR_CRD,), comma_list, "the same, CRDs that are converted", True),
    Option("kubeconfig", "", None, str, "kubeconfig file; without it in-cluster, then $KUBECONFIG"),
    log_format.LEVEL,
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the parser of this subcommand."""
    parser = subparsers.add_parser("webhook", help="serve admission and conversion", allow_abbrev=False)
    add_options(parser, OPTIONS)
    return parser


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; 1 when a port cannot be had."""
    values = resolve(args, OPTIONS)
    log_format.configure(values["log-level"])
    tell_of_unread_keys(args)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(values))
    except OSError as error:
        log.error("webhook cannot serve: %s", error)
        return 1
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return the event loop whose TLS keeps pods waiting the shortest, where it is installed."""
    try:
        import uvloop
    except ImportError:  # not on every platform
        return None
    return uvloop.new_event_loop  # type: ignore[no-any-return]


async def _serve(values: dict[str, Any]) -> None:
    from otel_operator.webhook.assembly import WebhookOptions, webhook_program

    options = WebhookOptions(
        webhook_port=values["webhook-port"],
        webhook_host=values["webhook-host"],
        probe_address=values["health-probe-addr"],
        metrics_address=values["metrics-addr"],
        shutdown_delay=values["shutdown-delay"],
        settings=Settings(
            collector_image=values["collector-image"], proxy_env=proxy_environment(), injection=injection_settings(values)
        ),
        pod_injection=values["pod-injection"],
        native_sidecars=values["native-sidecars"],
        certificate_file=values["tls-cert-file"],
        key_file=values["tls-key-file"],
        kubeconfig=values["kubeconfig"],
        namespace=values["namespace"],
        service=values["service-name"],
        hosts=values["certificate-host"],
        secret=values["certificate-secret"],
        mutating_configuration=values["mutating-configuration"],
        validating_configuration=values["validating-configuration"],
        crds=values["conversion-crd"],
    )
    async with webhook_program(options) as program:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, program.stop)
        await program.run()
