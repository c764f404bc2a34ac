"""Syslog messages of RFC 3164 and RFC 5424, also in the framings of RFC 6587."""

import re
from collections.abc import Callable

from otel_agent.stanza.entry import EntryError, Value
from otel_agent.stanza.parsers.structured import expect_text
from otel_agent.stanza.times import TimeReader, make_reader

SEVERITIES = (
    ("emerg", 21),
    ("alert", 19),
    ("crit", 18),
    ("err", 17),
    ("warning", 13),
    ("notice", 10),
    ("info", 9),
    ("debug", 5),
)
"""Text and OpenTelemetry severity number of each syslog severity."""
FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "security", "console", "cron2", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)
_MAX_PRIORITY = 191
_PRIORITY = re.compile(r"<(\d{1,3})>", re.ASCII)
_RFC3164 = re.compile(
    r"(?P<timestamp>(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)|(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)))"
    r" (?P<hostname>\S{1,255}) (?P<rest>.*)",
    re.ASCII | re.DOTALL,
)
_TAG = re.compile(r"(?P<appname>[^\s:\[\]]{1,255})(?:\[(?P<proc_id>[^\]\s]{1,128})\])?: ?(?P<message>.*)", re.DOTALL)
_RFC5424 = re.compile(
    r"(?P<version>[1-9]\d{0,2}) (?P<timestamp>-|\S{1,64}) (?P<hostname>\S{1,255}) (?P<appname>\S{1,48}) (?P<proc_id>\S{1,128}) "
    r"(?P<msg_id>\S{1,32}) (?P<rest>.*)",
    re.ASCII | re.DOTALL,
)
_PARAMETER = re.compile(r' ([^\s=\]"]{1,32})="((?:[^"\\\]]|\\.)*)"', re.DOTALL)
_ELEMENT = re.compile(r'\[([^\s=\]"]{1,32})')
_OCTETS = re.compile(r"([1-9]\d{0,9}) ", re.ASCII)


class SyslogParser:
    """Reads messages. `location` is the time zone of RFC 3164 timestamps."""

    def __init__(
        self,
        protocol: str,
        location: str,
        *,
        octet_counting: bool = False,
        skip_priority: bool = False,
        trailer: str | None = None,
        max_octets: int = 0,
        now: Callable[[], float] | None = None,
    ) -> None:
        clock = {"now": now} if now else {}
        self._parse = self._rfc3164 if protocol == "rfc3164" else self._rfc5424
        self._short_time: TimeReader = make_reader("gotime", "Jan _2 15:04:05", location, **clock)
        self._long_time: TimeReader = make_reader("gotime", "2006-01-02T15:04:05.999999999Z07:00", "UTC")
        self._octet_counting = octet_counting
        self._skip_priority = skip_priority
        self._trailer = {"LF": "\n", "NUL": "\0"}.get(trailer or "", "")
        self._max_octets = max_octets

    def parse(self, value: Value) -> dict[str, Value]:
        """Return the parts of a message; `timestamp` is in nanoseconds, None when there is none."""
        text = self._unframed(expect_text(value, "syslog"))
        found: dict[str, Value] = {}
        match = _PRIORITY.match(text)
        if match is not None:
            priority = int(match[1])
            if priority > _MAX_PRIORITY:
                raise EntryError(f"expecting a priority value within angle brackets, from 0 to {_MAX_PRIORITY}")
            found = {
                "priority": priority,
                "facility": priority // 8,
                "severity": priority % 8,
                "facility_text": FACILITIES[priority // 8],
            }
            text = text[match.end() :]
        elif not self._skip_priority:
            raise EntryError("expecting a priority value within angle brackets")
        return found | self._parse(text)

    def _unframed(self, text: str) -> str:
        if self._octet_counting:
            match = _OCTETS.match(text)
            if match is None:
                raise EntryError("expecting the number of octets before the message")
            data, size = text[match.end() :].encode(), int(match[1])
            if self._max_octets and size > self._max_octets:
                raise EntryError(f"message too long to parse: {size} octets, max_octets is {self._max_octets}")
            if len(data) < size:
                raise EntryError(f"message too short: {len(data)} octets instead of {size}")
            return data[:size].decode(errors="replace")
        return text.removesuffix(self._trailer) if self._trailer else text

    def _rfc3164(self, text: str) -> dict[str, Value]:
        match = _RFC3164.fullmatch(text)
        if match is None:
            raise EntryError("expecting a timestamp and a hostname (RFC 3164)")
        stamp = match["timestamp"]
        found: dict[str, Value] = {
            "timestamp": self._long_time(stamp) if "T" in stamp else self._short_time(stamp),
            "hostname": match["hostname"],
        }
        tag = _TAG.fullmatch(match["rest"])
        if tag is None:
            return found | {"message": match["rest"]}
        return found | {key: item for key, item in tag.groupdict().items() if item is not None}

    def _rfc5424(self, text: str) -> dict[str, Value]:
        match = _RFC5424.fullmatch(text)
        if match is None:
            raise EntryError("expecting a version, a timestamp, a hostname and so on (RFC 5424)")
        found: dict[str, Value] = {key: match[key] for key in ("hostname", "appname", "proc_id", "msg_id") if match[key] != "-"}
        found["version"] = int(match["version"])
        found["timestamp"] = None if match["timestamp"] == "-" else self._long_time(match["timestamp"])
        data, message = _structured_data(match["rest"])
        if data:
            found["structured_data"] = data
        if message:
            found["message"] = message
        return found


def _structured_data(text: str) -> tuple[dict[str, Value], str]:
    """Return the elements by name, and the message behind them."""
    if text.startswith("-"):
        position = 1
        elements: dict[str, Value] = {}
    else:
        elements, position = _elements(text)
    if position < len(text) and text[position] != " ":
        raise EntryError("expecting a space behind the structured data")
    return elements, text[position + 1 :]


def _elements(text: str) -> tuple[dict[str, Value], int]:
    elements: dict[str, Value] = {}
    position = 0
    while (element := _ELEMENT.match(text, position)) is not None:
        position = element.end()
        parameters: dict[str, Value] = {}
        while (parameter := _PARAMETER.match(text, position)) is not None:
            parameters[parameter[1]] = re.sub(r'\\(["\\\]])', r"\1", parameter[2])
            position = parameter.end()
        if not text.startswith("]", position):
            raise EntryError("malformed structured data")
        elements[element[1]] = parameters
        position += 1
    if not position:
        raise EntryError("expecting structured data or -")
    return elements, position
