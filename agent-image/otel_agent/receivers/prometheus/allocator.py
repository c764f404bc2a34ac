"""The jobs that a target allocator gives this collector. Pure, but for the request itself."""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import yaml
from pydantic import ValidationError

from otel_agent.receivers.prometheus.config import AllocatorDiscovery, TargetAllocatorConfig
from otel_agent.receivers.prometheus.settings.http_client import PromHttpClient
from otel_agent.receivers.prometheus.settings.scrape import GlobalConfig, ScrapeConfig

_FALLBACK = "PrometheusText0.0.4"


class AllocatorError(Exception):
    """The allocator gave no jobs; those known before stay."""


def parse_jobs(body: bytes) -> dict[str, Any]:
    """Read what `/scrape_configs` answers, JSON or YAML: job name to scrape configuration, not yet checked."""
    try:
        text = body.decode().replace("$(SHARD)", os.environ.get("SHARD") or "0")
        parsed = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise AllocatorError(f"the answer to /scrape_configs is neither JSON nor YAML: {error}") from error
    if parsed is None:
        return {}
    if not isinstance(parsed, dict) or not all(isinstance(job, dict) for job in parsed.values()):
        raise AllocatorError("the answer to /scrape_configs is no map of jobs")
    return parsed


def make_job(name: str, raw: Mapping[str, Any], config: TargetAllocatorConfig, defaults: GlobalConfig) -> ScrapeConfig:
    """Return a job whose targets come from the allocator; `AllocatorError` when its settings cannot be used."""
    kept = {key: value for key, value in raw.items() if not key.endswith("_sd_configs") and key != "static_configs"}
    try:
        job = ScrapeConfig.model_validate({**kept, "job_name": raw.get("job_name") or name}).with_defaults(defaults)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = "::".join(str(part) for part in first["loc"])
        raise AllocatorError(f'job "{name}" of the target allocator: {path}: {first["msg"]}') from error
    except ValueError as error:
        raise AllocatorError(f'job "{name}" of the target allocator: {error}') from error
    discovery = config.http_sd_config or AllocatorDiscovery()
    update: dict[str, Any] = {"http_sd_configs": [discovery.for_url(targets_url(config, name))]}
    if config.http_scrape_config is not None:
        update |= {key: getattr(config.http_scrape_config, key) for key in PromHttpClient.model_fields}
    if not job.fallback_scrape_protocol:
        update["fallback_scrape_protocol"] = _FALLBACK
    return job.model_copy(update=update)


def targets_url(config: TargetAllocatorConfig, job: str) -> str:
    """Where this collector's targets of a job are."""
    query = urlencode({"collector_id": config.collector_id})
    return f"{config.endpoint.rstrip('/')}/jobs/{quote(job, safe='')}/targets?{query}"
