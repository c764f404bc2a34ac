"""`otel-operator manager`: the process that reconciles."""

import argparse
import asyncio
from dataclasses import replace
from typing import Any

from otel_operator.cli import log_format
from otel_operator.cli.child_options import CHILD_OPTIONS, child_settings
from otel_operator.cli.injection_options import CRDS, INJECTION_OPTIONS, injection_settings
from otel_operator.cli.sources import Option, add_options, boolean, comma_list, proxy_environment, resolve
from otel_operator.cli.unread_keys import tell_of_unread_keys
from otel_operator.errors import ConfigError
from otel_operator.settings import Settings

OPTIONS = (
    *CHILD_OPTIONS,
    Option("watch-namespace", "WATCH_NAMESPACE", (), comma_list, "namespaces to watch, by comma; all if empty"),
    *INJECTION_OPTIONS,
    Option("metrics-addr", "METRICS_ADDR", ":8080", str, "address of /metrics, plain HTTP; 0 turns it off"),
    Option("health-probe-addr", "HEALTH_PROBE_ADDR", ":8081", str, "address of /healthz and /readyz; 0 turns it off"),
    Option("enable-leader-election", "ENABLE_LEADER_ELECTION", True, boolean, "reconcile only while holding the Lease"),
    Option("leader-elect-lease-duration", "", 15.0, float, "seconds after which standbys take over from a dead leader"),
    Option("leader-elect-renew-deadline", "", 10.0, float, "seconds without a renewal after which a leader steps down"),
    Option("leader-elect-retry-period", "", 2.0, float, "seconds between tries to take or renew the Lease"),
    Option("kubeconfig", "", None, str, "kubeconfig file; without it in-cluster, then $KUBECONFIG"),
    Option("context", "", None, str, "context of the kubeconfig"),
    log_format.LEVEL,
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the parser of this subcommand."""
    parser = subparsers.add_parser(
        "manager", help="reconcile OpenTelemetryCollector and Instrumentation resources", allow_abbrev=False
    )
    add_options(parser, OPTIONS)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run the manager until it is told to stop; 1 when it lost the Lease."""
    values = resolve(args, OPTIONS)
    log_format.configure(values["log-level"])
    tell_of_unread_keys(args)
    from otel_operator.handlers.manager import run as run_manager

    return asyncio.run(run_manager(_manager_options(values)))


def settings_of(values: dict[str, Any]) -> Settings:
    """Return what decision code needs of the options, with the proxy of our own environment."""
    return replace(
        child_settings(values, proxy_environment()),
        watch_namespaces=values["watch-namespace"],
        instrumentation_crd=values[CRDS],
        injection=injection_settings(values),
    )


def _manager_options(values: dict[str, Any]) -> Any:
    from otel_operator.handlers.manager import ManagerOptions
    from otel_operator.kube.lease import LeaseTimes

    try:
        times = LeaseTimes(
            values["leader-elect-lease-duration"], values["leader-elect-renew-deadline"], values["leader-elect-retry-period"]
        )
    except ValueError as error:
        raise ConfigError(f"--leader-elect-*: {error}") from error
    return ManagerOptions(
        settings=settings_of(values),
        kubeconfig=values["kubeconfig"],
        context=values["context"],
        leader_election=values["enable-leader-election"],
        lease_times=times,
        metrics_address=values["metrics-addr"],
        health_address=values["health-probe-addr"],
    )
