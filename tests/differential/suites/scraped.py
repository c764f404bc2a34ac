"""The prometheus receiver: pages of metrics of both text formats, two after each other, under options of the scrape."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.differential.comparing import Difference, Form, Item
from tests.differential.sources import Case, SourceSuite, Where

_LABELS = ("code", "path", "le_x", "ünï", "instance", "k")
_VALUES = ("", "GET", 'a\\"b', "back\\\\slash", "line\\nbreak", "日本", " pad ", "200")
_NUMBERS = ("0", "1", "17", "0.1", "1e+09", "-3.5", "+Inf", "-Inf", "NaN", "9007199254740993", "1e-7")
_LONG_AGO = 1_600_000_000
_RECENT = 1_700_000_000 * 10**9
_KINDS = ("counter", "gauge", "histogram", "summary", "untyped", "none")
_RELABELS: tuple[dict[str, Any], ...] = (
    {"source_labels": ["code"], "regex": "2..|GET", "action": "drop"},
    {"source_labels": ["__name__"], "regex": "m_.*", "action": "keep"},
    {"source_labels": ["code", "path"], "separator": "-", "target_label": "joined"},
    {"regex": "k|path", "action": "labeldrop"},
    {"source_labels": ["__name__"], "regex": "m_(.*)", "target_label": "__name__", "replacement": "n_$$1"},
    {"regex": "c(.*)", "action": "labelmap", "replacement": "mapped_$$1"},
    {"source_labels": ["path"], "target_label": "path", "action": "uppercase"},
    {"source_labels": ["path"], "modulus": 4, "target_label": "shard", "action": "hashmod"},
)


def _series(random: Random, name: str, labels: dict[str, str], value: str, stamp: str) -> str:
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value}{stamp}" if inside or random.random() < 0.3 else f"{name} {value}{stamp}"


def _family(random: Random, number: int, growth: int, *, open_metrics: bool) -> list[str]:
    kind, name = random.choice(_KINDS), f"m_{number}" + random.choice(("", "_seconds", "_total"))
    lines = []
    family = name.removesuffix("_total") if open_metrics and kind == "counter" else name
    if kind == "untyped" and open_metrics:
        lines.append(f"# TYPE {family} unknown")
    elif kind != "none":
        lines.append(f"# TYPE {family} {kind}")
    if random.random() < 0.5:
        lines.append(f"# HELP {family} " + random.choice(("What it is.", "two\\nlines", "")))
    stamp = ""
    if random.random() < 0.2:
        stamp = f" {_LONG_AGO}" + ("" if open_metrics else "000")
    for serial in range(random.randint(1, 3)):
        labels = {key: random.choice(_VALUES) for key in random.sample(_LABELS[:3] + _LABELS[4:], random.randint(0, 2))}
        labels["serial"] = str(serial)
        count = random.randint(0, 9) + growth
        match kind:
            case "histogram":
                for bound, part in (("0.1", count), ("1", count + 2), ("+Inf", count + 5)):
                    lines.append(_series(random, f"{name}_bucket", {**labels, "le": bound}, str(part), stamp))
                lines.append(_series(random, f"{name}_sum", labels, f"{count}.5", stamp))
                lines.append(_series(random, f"{name}_count", labels, str(count + 5), stamp))
            case "summary":
                for quantile in ("0.5", "0.99"):
                    lines.append(_series(random, name, {**labels, "quantile": quantile}, random.choice(_NUMBERS[:5]), stamp))
                lines.append(_series(random, f"{name}_sum", labels, f"{count}.5", stamp))
                lines.append(_series(random, f"{name}_count", labels, str(count), stamp))
            case "counter":
                exemplar = (
                    f' # {{trace_id="{"ab" * 16}",span_id="{"cd" * 8}"}} 0.5' if open_metrics and random.random() < 0.3 else ""
                )
                sample = name if not open_metrics else f"{family}_total"
                lines.append(_series(random, sample, labels, str(count), stamp) + exemplar)
            case _:
                lines.append(_series(random, name, labels, random.choice(_NUMBERS), stamp))
    return lines


def _page(random: Random, *, open_metrics: bool) -> list[bytes]:
    """Two pages of the same families: values have grown, and some families are gone."""
    seeds = [random.getrandbits(32) for _ in range(random.randint(1, 5))]
    pages = []
    for growth in (0, 10):
        kept = seeds if growth == 0 or random.random() < 0.6 else seeds[:-1]
        lines = [
            line for number, seed in enumerate(kept) for line in _family(Random(seed), number, growth, open_metrics=open_metrics)
        ]
        pages.append("".join(f"{line}\n" for line in (*lines, *(["# EOF"] if open_metrics else []))).encode())
    return pages


def generate(random: Random, where: Where, number: str) -> Case:
    """Return a job with one target."""
    open_metrics = random.random() < 0.5
    job: dict[str, Any] = {
        "job_name": number,
        "scrape_interval": "2s",  # a machine that is busy must not make scrapes time out
        "metrics_path": f"/{number}",
        "static_configs": [{"targets": [f"127.0.0.1:{where.port}"]}],
    }
    if random.random() < 0.4:
        job["metric_relabel_configs"] = random.sample(_RELABELS, random.randint(1, 2))
    job |= random.choice(({}, {}, {"honor_labels": True}, {"honor_timestamps": False}, {"sample_limit": 4}, {"label_limit": 6}))
    first, second = _page(random, open_metrics=open_metrics)
    about = json.dumps({key: value for key, value in job.items() if key not in ("job_name", "metrics_path", "static_configs")})
    return Case({"config": {"scrape_configs": [job]}}, {"1": first, "2": second}, f"{about} {first.decode()!r}"[:900])


def _normalized(item: Item) -> Item:
    form = _without_now(item.item)
    if form["name"] == "scrape_duration_seconds":
        form["gauge"]["data_points"] = []
    for kind in ("gauge", "sum", "histogram", "summary"):
        if kind in form:
            form[kind]["data_points"] = sorted(
                form[kind]["data_points"], key=lambda point: json.dumps(_plain_bounds(point), sort_keys=True)
            )
    scope = {key: value for key, value in item.scope["scope"].items() if key != "version"}
    return Item(item.resource, {"scope": scope}, form)


def _without_now(form: Form) -> Form:
    """Times of the scrape itself are those of this century's second quarter: they differ by nature."""
    if isinstance(form, dict):
        return {
            key: "now" if key.endswith("time_unix_nano") and value > _RECENT else _without_now(value)
            for key, value in form.items()
        }
    return [_without_now(member) for member in form] if isinstance(form, list) else form


def known(about: str, difference: Difference) -> str | None:
    """Return the reason of a difference that the receiver's README lists."""
    if difference.go is None or difference.ours is None:
        return None
    go, ours = difference.go, difference.ours
    if go.item["name"] == ours.item["name"] and go.item["name"].startswith("scrape_") and "_limit" in about:
        return "limits: Go counts what it had read before a scrape failed"
    theirs, mine = (form.resource["resource"]["attributes"] for form in (go, ours))
    if theirs.get("server.port") == {"string": ""} and {**theirs, "server.port": None} == {"server.port": None, **mine}:
        return "instance without a port: Go has an empty server.port"
    if '"le": {"string": "1.0"}' in json.dumps(go.item) and _plain_bounds(go.item) == _plain_bounds(ours.item):
        return "buckets of what is no histogram any more: Go writes the bounds as floats"
    return None


def _plain_bounds(form: Form) -> Form:
    return json.loads(json.dumps(form, sort_keys=True).replace('"string": "1.0"', '"string": "1"'))


def _place(item: Item) -> tuple[str, str]:
    return item.item["name"], json.dumps(item.resource, sort_keys=True)


SUITES = (
    SourceSuite(
        "prometheus-receiver",
        "prometheus",
        "metrics",
        generate,
        _normalized,
        order=_place,
        known=known,
        case_attribute="service.name",
        still_seconds=4.5,
        rounds=2,
    ),
)
