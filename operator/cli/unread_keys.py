"""Names the keys of a configuration file that no program reads, so that a slip of the pen is not silent."""

import argparse
import difflib
import logging
from collections.abc import Iterable

from otel_operator.cli.sources import Option, file_keys, given_keys

_MOST_TOLD = 20
_log = logging.getLogger(__name__)
OF_THE_GO_OPERATOR = frozenset(
    {
        "clusterobservability-collector-image",
        "collector-configmap-entry",
        "create-rbac-permissions",
        "create-service-monitor-operator-metrics",
        "enable-cr-metrics",
        "enable-webhooks",
        "feature-gates",
        "fips-disabled-components",
        "ignore-missing-collector-crds",
        "metrics-secure",
        "metrics-tls-cert-file",
        "metrics-tls-key-file",
        "openshift-create-dashboard",
        "openshift-webhook-replicas",
        "operator-op-amp-bridge-configmap-entry",
        "operatoropampbridge-image",
        "pprof-addr",
        "target-allocator-configmap-entry",
        "targetallocator-image",
        "tls",
        "zap",
    }
)
"""Keys that its configuration file may have and that say nothing to us."""


def tell_of_unread_keys(args: argparse.Namespace) -> None:
    """Log the keys of the configuration file that neither manager nor webhook reads."""
    given = given_keys(args)
    if given:
        # The modules of options alone; each program's code is loaded when it runs.
        from otel_operator.cli import manager, webhook

        for text in unread_keys(given, (*manager.OPTIONS, *webhook.OPTIONS)):
            _log.warning("--config-file %s: %s", args.config_file, text)


def unread_keys(given: Iterable[str], options: Iterable[Option]) -> list[str]:
    """Return what to warn of, one sentence a key; `options` are those of all programs, which may share one file."""
    known = {key for option in options for key in file_keys(option)}
    texts = []
    for key in given:
        if key in OF_THE_GO_OPERATOR:
            texts.append(f"key {key} of the Go operator has no effect here; remove it")
        elif key not in known:
            near = difflib.get_close_matches(key, known, 1)
            texts.append(f"key {key[:100]} is no option{f', did you mean {near[0]}?' if near else '; remove it'}")
    more = len(texts) - _MOST_TOLD
    return [*texts[:_MOST_TOLD], *([f"and {more} more keys that no program reads"] if more > 0 else [])]
