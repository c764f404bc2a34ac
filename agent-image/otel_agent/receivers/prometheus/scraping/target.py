"""What becomes of a discovered target: its labels, its URL, and when it is scraped. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from otel_agent.receivers.prometheus.relabelling import Relabel
from otel_agent.receivers.prometheus.settings.scalars import format_duration, parse_duration
from otel_agent.receivers.prometheus.settings.scrape import ScrapeConfig

_PARAM = "__param_"


class TargetError(ValueError):
    """A target cannot be scraped as its labels say."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a job. Equal ones are the same target."""

    url: str
    labels: tuple[tuple[str, str], ...]
    """Labels that every series gets, by name."""
    scheme: str
    interval: float
    timeout: float

    @property
    def offset(self) -> float:
        """Seconds after the beginning of each interval, spread evenly over targets and always the same for one."""
        digest = hashlib.blake2b(repr((self.url, self.labels)).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64 * self.interval


def discovered_labels(job: ScrapeConfig, target: Mapping[str, str], group: Mapping[str, str]) -> dict[str, str]:
    """Labels before relabelling: the target's, its group's, and what the job says of how to scrape."""
    labels = {name: value for name, value in {**group, **target}.items() if value}
    assert job.scrape_interval is not None, "with_defaults fills in the interval"
    assert job.scrape_timeout is not None, "with_defaults fills in the timeout"
    defaults = {
        "job": job.job_name,
        "__scrape_interval__": format_duration(job.scrape_interval),
        "__scrape_timeout__": format_duration(job.scrape_timeout),
        "__metrics_path__": job.metrics_path,
        "__scheme__": job.scheme,
    }
    for name, value in defaults.items():
        labels.setdefault(name, value)
    for name, values in job.params.items():
        if values and values[0]:
            labels.setdefault(f"{_PARAM}{name}", values[0])
    return labels


def make_target(job: ScrapeConfig, discovered: Mapping[str, str], relabel: Relabel | None) -> Target | None:
    """Relabel and read the result; None when relabelling drops the target, `TargetError` when it cannot be scraped."""
    labels = dict(discovered)
    if relabel is not None and not relabel(labels):
        return None
    address = labels.get("__address__", "")
    if not address:
        raise TargetError("no address")
    if "/" in address or any(character.isspace() for character in address):
        raise TargetError(f'"{address}" is not a valid hostname: an address is host:port, without scheme and path')
    interval = _duration("scrape interval", labels.get("__scrape_interval__", ""))
    timeout = _duration("scrape timeout", labels.get("__scrape_timeout__", ""))
    if timeout > interval:
        raise TargetError(f"scrape timeout cannot be greater than scrape interval ({timeout:g} s > {interval:g} s)")
    scheme = labels.get("__scheme__", "")
    if scheme not in ("http", "https"):
        raise TargetError(f'unknown scheme "{scheme}": use http or https')
    labels.setdefault("instance", address)
    path = labels.get("__metrics_path__", "/metrics")
    url = f"{scheme}://{address}{path if path.startswith('/') else f'/{path}'}"
    if query := urlencode(_parameters(job, labels), doseq=True):
        url += f"{'&' if '?' in path else '?'}{query}"
    shown = tuple(sorted((name, value) for name, value in labels.items() if not name.startswith("__")))
    return Target(url, shown, scheme, interval, timeout)


def _parameters(job: ScrapeConfig, labels: Mapping[str, str]) -> dict[str, list[str]]:
    """Parameters of the job; the first value of each is what relabelling left in its label."""
    parameters = {name: list(values) for name, values in job.params.items()}
    for label, value in labels.items():
        if label.startswith(_PARAM):
            name = label.removeprefix(_PARAM)
            parameters[name] = [value, *parameters.get(name, [])[1:]]
    return parameters


def _duration(what: str, text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise TargetError(f"error parsing {what}: {error}") from error
    if seconds <= 0:
        raise TargetError(f"{what} cannot be 0")
    return seconds


def next_start(now: float, interval: float, offset: float) -> float:
    """Time of the first scrape from `now` on, both in seconds since 1970."""
    begin = now - now % interval + offset
    return begin if begin >= now else begin + interval
