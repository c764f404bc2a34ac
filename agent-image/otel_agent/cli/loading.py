"""From command line options to a configuration."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from otel_agent.config.document import Config, decode
from otel_agent.config.expansion import Provider
from otel_agent.config.featuregates import ALLOW_NO_PIPELINES, MERGE_APPEND, process_gates
from otel_agent.config.file_watch import WatchedFiles
from otel_agent.config.load import resolve
from otel_agent.config.providers import default_providers
from otel_agent.config.registry import installed_registry


def resolve_options(options: Namespace, providers: Mapping[str, Provider] | None = None) -> dict[str, Any]:
    """Fetch, merge and expand what `--config` and `--set` name; ConfigError."""
    return resolve(
        options.config,
        options.set,
        providers if providers is not None else default_providers(),
        append_lists=process_gates().enabled(MERGE_APPEND),
    )


def decode_resolved(raw: Mapping[str, Any]) -> Config:
    """Decode what `resolve_options` returned; ConfigError with every problem."""
    return decode(raw, installed_registry(), allow_no_pipelines=process_gates().enabled(ALLOW_NO_PIPELINES))


def load_config(options: Namespace, files: WatchedFiles | None = None) -> Config:
    """Read and decode the configuration; ConfigError with every problem. `files` takes note of the files it is read from."""
    providers = dict(default_providers())
    if files is not None:
        providers["file"] = files.read
    return decode_resolved(resolve_options(options, providers))
