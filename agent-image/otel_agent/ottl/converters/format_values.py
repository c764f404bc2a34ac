"""How a value looks under a verb of Go's fmt: booleans, integers, floats, text, bytes, times, durations.

Maps and lists are shown as JSON for every verb, where Go shows the inside of its own structures.
"""

import math
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from otel_agent.ottl.converters.durations import duration_text
from otel_agent.ottl.converters.layouts import default_text
from otel_agent.ottl.converters.quoting import quoted, quoted_character
from otel_agent.ottl.json_forms import string_like
from otel_agent.ottl.values import Duration, Messages, Time, Value

_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Directive:
    """What stands between the percent sign and the verb."""

    sharp: bool = False
    zero: bool = False
    plus: bool = False
    minus: bool = False
    space: bool = False
    width: int | None = None
    precision: int | None = None


_VERBS: dict[type, str] = {
    bool: "vtT",
    int: "vdbcoOqxXUT",
    float: "vbgGxXfFeET",
    str: "vsqxXT",
    bytes: "vsqxXdbcoOUT",
    Duration: "vsqxXdbcoOUT",
    Time: "vsqxXT",
    list: "vsT",
    dict: "vsT",
}
_TYPES: dict[type, str] = {
    bool: "bool",
    int: "int64",
    float: "float64",
    str: "string",
    bytes: "[]uint8",
    Time: "time.Time",
    Duration: "time.Duration",
    list: "pcommon.Slice",
    dict: "pcommon.Map",
}


def type_of(value: Value) -> str:
    """Return the name that Go has for the value's type."""
    return "<nil>" if value is None else _TYPES.get(type(value), "pcommon.Slice")


def goes_as(value: Value, verb: str) -> bool:
    """Whether the verb fits the value."""
    if isinstance(value, bytes):
        return True  # what no verb of bytes is goes to each of them
    return verb in ("vT" if value is None else _VERBS.get(type(value), "vsT"))


def formatted(value: Value, how: Directive, verb: str) -> str:
    """Return the value under a verb that fits it."""
    if verb == "v":
        how = replace(how, plus=False, sharp=how.sharp and isinstance(value, (str, Duration)))
    if verb == "T":
        return _padded(type_of(value), how, zero=False)
    match value:
        case None:
            return _padded("<nil>", how, zero=False)
        case bool():
            return _padded("true" if value else "false", how)
        case int():
            return _integer(value, how, verb)
        case float():
            return _float(value, how, verb)
        case str():
            return _string(value, how, verb)
        case bytes():
            return _bytes(value, how, verb)
        case Time():
            return _string(default_text(value), how, verb)
        case Duration():
            if verb in "vsqxX" and not (verb == "v" and how.sharp):
                return _string(duration_text(value), how, verb)
            return _integer(value.nanoseconds, how, verb)
        case Messages():
            return _padded(f"[{len(value)} {value.kind}]", how, zero=False)
    return _padded(string_like(value) or "", how, zero=False)


def _padded(text: str, how: Directive, zero: bool = True) -> str:
    if how.width is None or len(text) >= how.width:
        return text
    if how.minus:
        return text.ljust(how.width)
    return text.rjust(how.width, "0" if zero and how.zero else " ")


def _integer(value: int, how: Directive, verb: str) -> str:
    if verb == "c":
        return _padded(_character(value), how)
    if verb == "q":
        return _padded(quoted_character(_character(value), ascii_only=how.plus), how)
    if verb == "U":
        return _unicode(value, how)
    base = {"d": "d", "v": "d", "b": "b", "o": "o", "O": "o", "x": "x", "X": "X"}[verb]
    digits = format(abs(value), base)
    precision = how.precision
    if precision == 0 and value == 0:
        return " " * (how.width or 0)
    sign = "-" if value < 0 else "+" if how.plus else " " if how.space else ""
    if precision is not None:
        digits = digits.rjust(precision, "0")
    elif how.zero and not how.minus and how.width is not None:
        digits = digits.rjust(how.width - len(sign), "0")
    if how.sharp:
        if verb == "b":
            digits = f"0b{digits}"
        elif verb == "o" and not digits.startswith("0"):
            digits = f"0{digits}"
        elif verb in "xX":
            digits = f"0{verb}{digits}"
    if verb == "O":
        digits = f"0o{digits}"
    return _padded(sign + digits, how, zero=False)


def _character(value: int) -> str:
    return chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else _REPLACEMENT


def _unicode(value: int, how: Directive) -> str:
    digits = format(value % 2**64, "X").rjust(max(4, how.precision or 0), "0")
    text = f"U+{digits}"
    if how.sharp and 0 <= value <= 0x10FFFF and chr(value).isprintable():
        text += f" '{chr(value)}'"
    return _padded(text, how, zero=False)


def _float(value: float, how: Directive, verb: str) -> str:
    text = float_text(value, "g" if verb == "v" else verb, how.precision, how.sharp and verb != "b")
    sign, number = (text[0], text[1:]) if text[0] in "+-" else ("+", text)
    if how.space and sign == "+" and not how.plus:
        sign = " "
    finite = number not in ("Inf", "NaN")
    if number == "NaN" and not how.space and not how.plus:
        sign = ""
    if how.plus or sign != "+":
        if how.zero and not how.minus and finite and how.width is not None and how.width > len(number) + len(sign):
            return sign + number.rjust(how.width - len(sign), "0")
        return _padded(sign + number, how, zero=finite)
    return _padded(number, how, zero=finite)


def float_text(value: float, verb: str, precision: int | None, sharp: bool = False) -> str:
    """Return a float under e, f, g, x (and their capitals) or b; without a precision e, f have six digits, others few."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign = "-" if math.copysign(1, value) < 0 else ""
    value = abs(value)
    match verb:
        case "e" | "E":
            text = _exponential(Decimal(value), 6 if precision is None else precision)
        case "f" | "F":
            text = f"{Decimal(value):.{6 if precision is None else precision}f}"
        case "x" | "X":
            text = _hexadecimal(value, precision)
        case "b":
            mantissa, exponent = math.frexp(value)
            text = f"{int(mantissa * 2**53)}p{exponent - 53:+d}" if value else "0p-1074"
        case _:
            text = _general(value, precision, sharp)
    if sharp and verb in "eEfFxX" and "." not in text:
        text = _with_point(text)
    return sign + (text.upper() if verb in "EGX" else text)


def _with_point(text: str) -> str:
    for mark in ("e", "p"):
        if mark in text:
            head, _, tail = text.partition(mark)
            return f"{head}.{mark}{tail}"
    return f"{text}."


def _exponential(number: Decimal, places: int) -> str:
    with localcontext() as context:
        context.prec = max(places + 1, 1)
        context.rounding = ROUND_HALF_EVEN
        rounded = +number
    digits = "".join(map(str, rounded.as_tuple().digits)).ljust(places + 1, "0")[: places + 1]
    exponent = rounded.adjusted() if rounded else 0
    return f"{digits[0]}{'.' if places else ''}{digits[1:]}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _general(value: float, precision: int | None, sharp: bool) -> str:
    number = Decimal(value) if precision is not None else Decimal(repr(value))
    if precision is not None:
        precision = precision or 1
        with localcontext() as context:
            context.prec = precision
            context.rounding = ROUND_HALF_EVEN
            number = +number
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0") or "0"
    exponent = number.adjusted() if number else 0
    if precision is None:
        largest = 6
        wanted = 6
    else:
        largest = wanted = precision
    if sharp:
        digits = digits.ljust(wanted, "0")
    if exponent < -4 or exponent >= largest:
        tail = digits[1:]
        return f"{digits[0]}{'.' if tail or sharp else ''}{tail}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    rest = digits[exponent + 1 :]
    return f"{whole}{'.' if rest or sharp else ''}{rest}"


def _hexadecimal(value: float, precision: int | None) -> str:
    if value == 0:
        return f"0x0{'.' + '0' * precision if precision else ''}p+00"
    mantissa, exponent = math.frexp(value)
    bits, exponent = int(mantissa * 2**53), exponent - 1
    if precision is not None and precision < 13:
        shift = 52 - 4 * precision
        half, rest = 1 << (shift - 1), bits & ((1 << shift) - 1)
        bits >>= shift
        if rest > half or (rest == half and bits & 1):
            bits += 1
        bits <<= shift
        if bits >> 53:
            bits, exponent = bits >> 1, exponent + 1
    tail = f"{bits & (2**52 - 1):013x}"
    tail = tail.rstrip("0") if precision is None else tail.ljust(precision, "0")[:precision]
    return f"0x1{'.' if tail else ''}{tail}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _string(value: str, how: Directive, verb: str) -> str:
    if how.precision is not None and verb not in "xX":
        value = value[: how.precision]
    if verb == "q":
        return _padded(quoted(value, ascii_only=how.plus, raw=how.sharp), how)
    if verb in "xX":
        return _hex_bytes(value.encode(), how, verb)
    return _padded(quoted(value) if verb == "v" and how.sharp else value, how)


def _bytes(value: bytes, how: Directive, verb: str) -> str:
    if verb not in "sqxX":
        return f"[{' '.join(_byte(byte, how, verb) for byte in value)}]"
    if verb in "xX":
        return _hex_bytes(value, how, verb)
    return _string(value.decode(errors="replace"), how, verb)


def _byte(byte: int, how: Directive, verb: str) -> str:
    if verb in _VERBS[int]:
        return _integer(byte, how, verb)
    return f"%!{verb}(uint8={byte})"


def _hex_bytes(data: bytes, how: Directive, verb: str) -> str:
    if how.precision is not None:
        data = data[: how.precision]
    if not data:
        return _padded("", how)
    prefix = "0x" if how.sharp else ""
    text = data.hex(" ").replace(" ", f" {prefix}") if how.space else data.hex()
    text = prefix + text
    return _padded(text.upper() if verb == "X" else text, how)
