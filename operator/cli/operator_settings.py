"""The settings that the operator in the cluster runs with, read from its webhook's Deployment."""

import argparse
import logging
from collections.abc import Sequence

from otel_operator.cli.injection_options import INJECTION_OPTIONS, injection_settings
from otel_operator.cli.sources import add_options, resolve
from otel_operator.errors import ApiError, ConfigError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import DEPLOYMENT
from otel_operator.kube.client import KubeClient
from otel_operator.kube.retry import NO_ANSWER
from otel_operator.resources.install.names import Installation
from otel_operator.settings import InjectionSettings

_log = logging.getLogger(__name__)


async def running_settings(client: KubeClient, given: argparse.Namespace, install: Installation) -> InjectionSettings:
    """Return the settings of auto-instrumentation: flags that were `given`, else those of the webhook, else the defaults.

    `install` says where the webhook runs. One that is not there, or that may not be read, is passed over; its configuration
    file is not read, but one that is given comes before the defaults. ApiError when the API server does not answer at all.
    """
    try:
        live = await client.find(DEPLOYMENT, install.namespace, install.webhook)
    except ApiError as error:
        if error.status == NO_ANSWER:
            raise
        _log.warning("the operator's settings are not known, so its defaults are taken: %s", error)
        live = None
    return settings_of(live or {}, given)


def settings_of(deployment: JsonObject, given: argparse.Namespace) -> InjectionSettings:
    """Return the settings that a Deployment's container says, overridden by the flags that were `given`. Pure."""
    containers = (((deployment.get("spec") or {}).get("template") or {}).get("spec") or {}).get("containers") or ()
    container = containers[0] if containers else {}
    environ = {str(item.get("name")): str(item.get("value") or "") for item in container.get("env") or ()}
    flags = _parsed([str(argument) for argument in container.get("args") or ()])
    for option in INJECTION_OPTIONS:
        if getattr(given, option.name, None) is not None:
            setattr(flags, option.name, getattr(given, option.name))
    flags.config_file = getattr(given, "config_file", None)
    return injection_settings(resolve(flags, INJECTION_OPTIONS, environ))


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    add_options(parser, INJECTION_OPTIONS)
    try:
        return parser.parse_known_args(arguments)[0]
    except (argparse.ArgumentError, ConfigError) as error:
        _log.warning("flags of the operator's webhook cannot be read, so its defaults are taken: %s", error)
        return parser.parse_known_args([])[0]
