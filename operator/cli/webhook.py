"""`otel-operator webhook`: serves admission and conversion."""

import argparse
import asyncio
import logging
import os
import signal
from pathlib import Path

from otel_operator.errors import OperatorError
from otel_operator.resources.install.names import COLLECTOR_CRD, METRICS_PORT, PROBE_PORT, WEBHOOK_PORT, Installation
from otel_operator.settings import Settings

log = logging.getLogger(__name__)

_DEFAULTS = Installation()


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the subcommand. A flag wins over its environment variable, that over the default."""
    parser = subparsers.add_parser("webhook", help="serve admission and conversion webhooks", description=__doc__)
    env = os.environ
    listen = parser.add_argument_group("listening")
    listen.add_argument("--webhook-port", type=int, default=env.get("WEBHOOK_PORT", str(WEBHOOK_PORT)), metavar="PORT")
    listen.add_argument("--webhook-host", default=None, metavar="ADDRESS", help="address to serve on; default: all")
    listen.add_argument("--health-probe-addr", default=env.get("HEALTH_PROBE_ADDR", f":{PROBE_PORT}"), metavar="[HOST]:PORT")
    listen.add_argument("--metrics-addr", default=env.get("METRICS_ADDR", f":{METRICS_PORT}"), metavar="[HOST]:PORT")
    listen.add_argument(
        "--shutdown-delay", type=float, default=5.0, metavar="SECONDS", help="go on serving this long after SIGTERM; default: 5"
    )
    _add_certificate_flags(parser.add_argument_group("certificate"))
    parser.add_argument(
        "--collector-image", default=env.get("RELATED_IMAGE_COLLECTOR", Settings().collector_image), metavar="IMAGE"
    )
    parser.add_argument(
        "--kubeconfig", default=None, metavar="FILE", help="default: in-cluster, then $KUBECONFIG, then ~/.kube/config"
    )
    parser.set_defaults(run=run)


def _add_certificate_flags(group: argparse._ArgumentGroup) -> None:
    given = "; with both files given no Secret is kept and no caBundle set"
    group.add_argument("--tls-cert-file", type=Path, metavar="FILE", help="serve this certificate, watched for changes" + given)
    group.add_argument("--tls-key-file", type=Path, metavar="FILE", help="its key")
    group.add_argument("--namespace", default=None, help="of Service and Secret; default: $NAMESPACE or the pod's own")
    group.add_argument("--service-name", default=_DEFAULTS.webhook, metavar="NAME", help="Service that API servers call")
    group.add_argument(
        "--certificate-host", action="append", default=[], metavar="HOST", help="further name or IP address of the certificate"
    )
    group.add_argument("--certificate-secret", default=_DEFAULTS.certificate_secret, metavar="NAME")
    group.add_argument("--mutating-configuration", default=_DEFAULTS.mutating_configuration, metavar="NAME")
    group.add_argument("--validating-configuration", default=_DEFAULTS.validating_configuration, metavar="NAME")
    group.add_argument(
        "--conversion-crd", action="append", metavar="NAME", help=f"CRD whose conversion calls us; default: {COLLECTOR_CRD}"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; 1 when the program cannot start."""
    try:
        asyncio.run(_serve(args))
    except (OperatorError, OSError) as error:
        log.error("webhook ended: %s", error)
        return 1
    return 0


async def _serve(args: argparse.Namespace) -> None:
    from otel_operator.webhook.assembly import WebhookOptions, webhook_program

    options = WebhookOptions(
        webhook_port=args.webhook_port,
        webhook_host=args.webhook_host,
        probe_address=args.health_probe_addr,
        metrics_address=args.metrics_addr,
        shutdown_delay=args.shutdown_delay,
        collector_image=args.collector_image,
        certificate_file=args.tls_cert_file,
        key_file=args.tls_key_file,
        kubeconfig=args.kubeconfig,
        namespace=args.namespace,
        service=args.service_name,
        hosts=tuple(args.certificate_host),
        secret=args.certificate_secret,
        mutating_configuration=args.mutating_configuration,
        validating_configuration=args.validating_configuration,
        crds=tuple(args.conversion_crd or [COLLECTOR_CRD]),
    )
    async with webhook_program(options) as program:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, program.stop)
        await program.run()
