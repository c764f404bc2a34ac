"""Writes profiles for `go tool pprof` and its like (gzip of perftools.profiles.Profile), and as collapsed stacks."""

import gzip
from collections.abc import Iterable
from functools import cache
from types import CodeType
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from otel_agent.extensions.pprof.sampler import HERTZ, Profile, Stack, Usage

_INT, _UINT, _STRING = 3, 4, 9
_FIELDS: dict[str, list[tuple[str, int, int | str, bool]]] = {
    "ValueType": [("type", 1, _INT, False), ("unit", 2, _INT, False)],
    "Sample": [("location_id", 1, _UINT, True), ("value", 2, _INT, True)],
    "Line": [("function_id", 1, _UINT, False), ("line", 2, _INT, False)],
    "Location": [("id", 1, _UINT, False), ("line", 4, "Line", True)],
    "Function": [
        ("id", 1, _UINT, False),
        ("name", 2, _INT, False),
        ("system_name", 3, _INT, False),
        ("filename", 4, _INT, False),
    ],
    "Profile": [
        ("sample_type", 1, "ValueType", True),
        ("sample", 2, "Sample", True),
        ("location", 4, "Location", True),
        ("function", 5, "Function", True),
        ("string_table", 6, _STRING, True),
        ("time_nanos", 9, _INT, False),
        ("duration_nanos", 10, _INT, False),
        ("period_type", 11, "ValueType", False),
        ("period", 12, _INT, False),
    ],
}
"""Name, number, type and whether it is repeated, of the fields that are used (github.com/google/pprof, proto/profile.proto)."""


def collapsed(profile: Profile) -> str:
    """One line a stack, outermost frame first, with CPU microseconds: what flame graph tools read."""
    lines = [
        f"{';'.join(_name(code) for code, _ in reversed(stack))} {usage.cpu_ns // 1000}"
        for stack, usage in profile.stacks.items()
    ]
    if profile.other.samples:
        lines.append(f"other {profile.other.cpu_ns // 1000}")
    return "\n".join([*lines, ""])


def pprof(profile: Profile) -> bytes:
    """Write samples with their number and CPU nanoseconds."""
    message: Any = _profile_class()()
    writer = _Writer(message)
    for kind, unit in (("samples", "count"), ("cpu", "nanoseconds")):
        message.sample_type.add(type=writer.text(kind), unit=writer.text(unit))
    message.period_type.type, message.period_type.unit = writer.text("cpu"), writer.text("nanoseconds")
    message.period = 1_000_000_000 // HERTZ
    message.time_nanos, message.duration_nanos = int(profile.started * 1e9), int(profile.seconds * 1e9)
    for stack, usage in _all(profile):
        message.sample.add(location_id=[writer.location(code, line) for code, line in stack], value=[usage.samples, usage.cpu_ns])
    data: bytes = message.SerializeToString()
    return gzip.compress(data, mtime=0)


def _all(profile: Profile) -> Iterable[tuple[Stack, Usage]]:
    yield from profile.stacks.items()
    if profile.other.samples:
        yield (), profile.other


def _name(code: CodeType) -> str:
    module = code.co_filename.removesuffix(".py").split("site-packages/")[-1].replace("/", ".").lstrip(".")
    return f"{'.'.join(module.split('.')[-3:])}.{code.co_qualname}"


class _Writer:
    """Numbers texts, functions and locations as the format wants them."""

    def __init__(self, message: Any) -> None:
        self._message = message
        self._texts: dict[str, int] = {}
        self._functions: dict[CodeType, int] = {}
        self._locations: dict[tuple[CodeType, int], int] = {}
        self.text("")

    def text(self, text: str) -> int:
        if text not in self._texts:
            self._texts[text] = len(self._texts)
            self._message.string_table.append(text)
        return self._texts[text]

    def location(self, code: CodeType, line: int) -> int:
        key = (code, line)
        if key not in self._locations:
            self._locations[key] = number = len(self._locations) + 1
            self._message.location.add(id=number).line.add(function_id=self._function(code), line=line)
        return self._locations[key]

    def _function(self, code: CodeType) -> int:
        if code not in self._functions:
            self._functions[code] = number = len(self._functions) + 1
            name = self.text(_name(code))
            self._message.function.add(id=number, name=name, system_name=name, filename=self.text(code.co_filename))
        return self._functions[code]


@cache
def _profile_class() -> Any:
    """Message class of a profile, in a pool of its own."""
    file = descriptor_pb2.FileDescriptorProto(name="profile.proto", package="perftools.profiles", syntax="proto3")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind, repeated in fields:
            added: Any = message.field.add(name=field, number=number, label=3 if repeated else 1)
            if isinstance(kind, str):
                added.type, added.type_name = 11, f".perftools.profiles.{kind}"
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("perftools.profiles.Profile"))
