"""Jobs from the files that scrape_config_files names."""

import glob
from pathlib import Path

import yaml
from pydantic import ValidationError

from otel_agent.pipeline.errors import StartError
from otel_agent.receivers.prometheus.settings.scrape import PrometheusFile, ScrapeConfig, ScrapeConfigFile

_MAX_FILE = 64 * 1024 * 1024


def all_jobs(file: PrometheusFile) -> list[ScrapeConfig]:
    """Return every job with the defaults filled in; `StartError` names the file that cannot be used."""
    jobs = list(file.scrape_configs)
    for pattern in file.scrape_config_files:
        for name in sorted(glob.glob(pattern)):
            jobs += _read(name)
    seen: set[str] = set()
    for job in jobs:
        if job.job_name in seen:
            raise StartError(f'found multiple scrape configs with job name "{job.job_name}"')
        seen.add(job.job_name)
    try:
        return [job.with_defaults(file.global_config) for job in jobs]
    except ValueError as error:
        raise StartError(str(error)) from error


def _read(name: str) -> list[ScrapeConfig]:
    try:
        with Path(name).open("rb") as opened:
            content = yaml.safe_load(opened.read(_MAX_FILE))
        return ScrapeConfigFile.model_validate(content).scrape_configs
    except (OSError, yaml.YAMLError, RecursionError) as error:
        raise StartError(f"scrape_config_files: {name}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = "::".join(str(part) for part in first["loc"])
        raise StartError(f"scrape_config_files: {name}: {path}: {first['msg']}") from error
