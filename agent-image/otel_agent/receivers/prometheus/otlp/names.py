"""Names and units of OTLP metrics from those of Prometheus."""

from otel_agent.receivers.prometheus.otlp.series import Kind

_UNITS = {
    "days": "d",
    "hours": "h",
    "minutes": "min",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "bytes": "By",
    "kibibytes": "KiBy",
    "mebibytes": "MiBy",
    "gibibytes": "GiBy",
    "tibibytes": "TiBy",
    "kilobytes": "KBy",
    "megabytes": "MBy",
    "gigabytes": "GBy",
    "terabytes": "TBy",
    "meters": "m",
    "volts": "V",
    "amperes": "A",
    "joules": "J",
    "watts": "W",
    "grams": "g",
    "celsius": "Cel",
    "hertz": "Hz",
    "ratio": "1",
    "percent": "%",
}


def ucum(unit: str) -> str:
    """Return a unit word of OpenMetrics ("seconds", "meters_per_second") as UCUM ("s", "m/s"); others unchanged."""
    whole, per, part = unit.partition("_per_")
    if per:
        return f"{_UNITS.get(whole, whole)}/{_UNITS.get(f'{part}s', part)}"
    return _UNITS.get(unit, unit)


def without_suffixes(name: str, kind: Kind, *, monotonic: bool, unit: str) -> str:
    """Take `_total` off counters and the words of the unit off any name; a name of one word stays as it is."""
    words = name.split("_")
    if len(words) == 1:
        return name
    if kind is Kind.SUM and monotonic and words[-1] == "total":
        words.pop()
    unit_words = unit.split("_") if unit else []
    if unit_words and len(words) > len(unit_words) and words[-len(unit_words) :] == unit_words:
        del words[-len(unit_words) :]
    return "_".join(words)
