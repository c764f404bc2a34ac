"""Numbers as the text formats have them."""

import math


def number_text(value: float) -> str:
    """Return a sample's value: shortest digits that read back the same."""
    text = repr(value)
    if text[-1] in "fn":  # inf, -inf, nan
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    return text


def bound_text(value: float, *, openmetrics: bool) -> str:
    """Return a bound or quantile as a label value.

    It tells series apart, so it has to be what Go's client makes of it: with an exponent below 1e-04 and from 1e+06 on.
    OpenMetrics wants a point where there is no exponent.
    """
    if not math.isfinite(value):
        return number_text(value)
    mantissa, exponent = _shortest_scientific(value)
    if -4 <= exponent < 6 or not value:
        text = f"{value:.{max(len(mantissa) - 1 - exponent, 0)}f}"
        text = f"-{text}" if text[0] != "-" and math.copysign(1, value) < 0 else text
    else:
        digits = mantissa[0] + (f".{mantissa[1:]}" if len(mantissa) > 1 else "")
        text = f"{'-' if value < 0 else ''}{digits}e{exponent:+03d}"
    return f"{text}.0" if openmetrics and "." not in text and "e" not in text else text


def _shortest_scientific(value: float) -> tuple[str, int]:
    """Return the shortest digits, and the exponent when the first stands before the point."""
    if not value:
        return "0", 0
    plain, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = plain.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")))
    return digits.rstrip("0") or "0", point - 1 + int(exponent or 0)
