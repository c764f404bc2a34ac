"""The OpenTelemetry member (`ot=`) of a W3C tracestate, in which samplers tell each other of thresholds and randomness. Pure.

Read as strictly as the Go samplers do, who refuse to sample by a tracestate that is malformed anywhere.
"""

import re
from collections.abc import Iterator

from otel_agent.processors.probabilistic_sampler.thresholds import (
    format_randomness,
    format_threshold,
    parse_randomness,
    parse_threshold,
)

_MOST_BYTES = 1024
_MOST_MEMBERS = 31
"""As the Go implementation counts; the W3C allows 32."""
_MOST_KEY, _MOST_TENANT, _MOST_SYSTEM, _MOST_OTEL = 256, 241, 14, 256
_KEY = re.compile(r"[a-z][a-z0-9_\-*/]*|[a-z0-9][a-z0-9_\-*/]*@[a-z][a-z0-9_\-*/]*")
_VALUE = re.compile(r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]")
_OTEL_MEMBER = re.compile(r"([a-z][a-z0-9]*):([a-zA-Z0-9._\-]*)")


class TraceState:
    """A tracestate that can be read and changed."""

    def __init__(self) -> None:
        self.threshold: int | None = None
        self.randomness: int | None = None
        self._threshold_text = ""
        self._randomness_text = ""
        self._otel: list[tuple[str, str]] = []
        self._others: list[tuple[str, str]] = []

    @classmethod
    def parse(cls, text: str) -> tuple["TraceState", str]:
        """Return what could be read, and what is wrong with the text; empty if nothing is."""
        state = cls()
        if len(text.encode()) > _MOST_BYTES:
            return state, "invalid tracestate size"
        members = [member.strip(" \t") for member in text.split(",")]
        for member in filter(None, members):
            key, equals, value = member.partition("=")
            if not equals or not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
                return state, "invalid tracestate syntax"
        problem = ""
        for number, member in enumerate(_scanned(text), 1):
            if number > _MOST_MEMBERS:
                return state, problem or "invalid tracestate size"
            if member:
                key, _, value = member.partition("=")
                problem = state._add(key, value) or problem
        return state, problem

    def set_threshold(self, threshold: int) -> None:
        """Write a threshold, unless one that keeps less is there already."""
        if self.threshold is None or self.threshold <= threshold:
            self._threshold_text = format_threshold(threshold)
            self.threshold = threshold if self._threshold_text else None

    def clear_threshold(self) -> None:
        """Take the threshold away."""
        self.threshold, self._threshold_text = None, ""

    def set_randomness(self, randomness: int) -> None:
        """Write explicit randomness."""
        self.randomness, self._randomness_text = randomness, format_randomness(randomness)

    def format(self) -> str:
        """Write the tracestate, the OpenTelemetry member first."""
        otel = [("rv", self._randomness_text)] if self._randomness_text else []
        otel += [("th", self._threshold_text)] if self._threshold_text else []
        members = [("ot", ";".join(f"{key}:{value}" for key, value in [*otel, *self._otel]))] if otel or self._otel else []
        return ",".join(f"{key}={value}" for key, value in [*members, *self._others])

    def _add(self, key: str, value: str) -> str:
        tenant, at, system = key.partition("@")
        if len(key) > _MOST_KEY or (at and (len(tenant) > _MOST_TENANT or len(system) > _MOST_SYSTEM)):
            return "invalid tracestate size"
        if key != "ot":
            self._others.append((key, value))
            return ""
        self.clear_threshold()
        self.randomness, self._randomness_text, self._otel = None, "", []
        if len(value) > _MOST_OTEL:
            return "invalid tracestate size"
        members = [_OTEL_MEMBER.fullmatch(member) for member in value.split(";")]
        problem = ""
        for member in members:
            if member is None:
                return "invalid tracestate syntax"
        for member in filter(None, members):
            problem = self._add_otel(member[1], member[2]) or problem
        return problem

    def _add_otel(self, key: str, value: str) -> str:
        try:
            if key == "rv":
                self.randomness, self._randomness_text = None, ""
                self.randomness, self._randomness_text = parse_randomness(value), value
            elif key == "th":
                self.clear_threshold()
                self.threshold, self._threshold_text = parse_threshold(value), value
            else:
                self._otel.append((key, value))
        except ValueError as error:
            return str(error)
        return ""


def _scanned(text: str) -> Iterator[str]:
    """Members as they are counted: nothing after the last comma is none."""
    members = text.split(",")
    yield from (member.strip(" \t") for member in (members if members[-1] else members[:-1]))
