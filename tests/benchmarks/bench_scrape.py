"""CPU time of reading and converting a scrape of 10,000 series: the first one, one like that before it, and one with new series.

Thread CPU time, best of several rounds, so that a busy machine disturbs little.
Run it with `.venv/bin/python -m tests.benchmarks.bench_scrape [--json FILE]`.
"""

import argparse
import json
import time
from collections.abc import Callable

from otel_agent.receivers.prometheus.exposition.text import Reading, read_text
from otel_agent.receivers.prometheus.otlp.catalog import Catalog, SeriesRules
from otel_agent.receivers.prometheus.otlp.conversion import TargetConversion
from otel_agent.receivers.prometheus.otlp.request import RequestRules
from tests.benchmarks.collector.page import text

_ROUNDS = 15
_TARGET = {"job": "shop", "instance": "10.1.2.3:8080"}


def body(version: int, *, churn: int = 0) -> str:
    """10,100 series: 7,040 of counters and 3,060 of histograms; `churn` of the counters named after `version`."""
    return text(88, 17, version, churn=churn)


def conversion() -> TargetConversion:
    """A target that was never scraped."""
    return TargetConversion(Catalog(SeriesRules(_TARGET)), RequestRules("http", "1"))


def scrape(target: TargetConversion, text: str) -> tuple[float, int]:
    """Scrape once; return CPU seconds and samples."""

    def read(catalog: Catalog, reading: Reading) -> None:
        read_text(encoded.decode(), catalog, reading, open_metrics=False)

    encoded = text.encode()
    began = time.thread_time()
    result = target.scraped(read, 1000, lambda: 0.1, 10.0, len(encoded))
    return time.thread_time() - began, result.samples


def best(make: Callable[[int], tuple[float, int]]) -> dict[str, float]:
    """Milliseconds of the best round, and microseconds a series."""
    seconds, samples = min(make(number) for number in range(_ROUNDS))
    return {"series": samples, "ms": round(seconds * 1e3, 2), "us_per_series": round(seconds * 1e6 / samples, 2)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", help="file to write the figures to")
    arguments = parser.parse_args()
    steady, changing = conversion(), conversion()
    scrape(steady, body(1))
    scrape(changing, body(1, churn=100))
    figures = {
        "first": best(lambda number: scrape(conversion(), body(number))),
        "same series": best(lambda number: scrape(steady, body(number + 2))),
        "100 new series": best(lambda number: scrape(changing, body(number + 2, churn=100))),
    }
    for name, figure in figures.items():
        print(f"{name:16} {figure['series']:6} series {figure['ms']:8.2f} ms {figure['us_per_series']:6.2f} us a series")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)


if __name__ == "__main__":
    main()
