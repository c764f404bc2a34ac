"""Gathers log records into one OTLP request, by resource and scope."""

from otel_agent.pdata.telemetry import NO_CLIENT, Signal, Telemetry
from otel_agent.pdata.varint import varint
from otel_agent.stanza.entry import NO_MAP, Entry, Value
from otel_agent.stanza.native import stanza
from otel_agent.stanza.wire import key_values, text_bytes
from otel_agent.stanza.wire import log_records as portable_log_records

_native = stanza()
log_records = _native.log_records if _native is not None else portable_log_records


class RequestBuilder:
    """Records of one request. `bytes_held` and `items` tell its size so far."""

    def __init__(self) -> None:
        self.items = 0
        self.bytes_held = 0
        self._groups: dict[tuple[bytes, str], list[bytes]] = {}
        self._resources: dict[int, tuple[dict[str, Value], bytes]] = {}

    def clear(self) -> None:
        """Forget all records."""
        self.items = self.bytes_held = 0
        self._groups = {}
        self._resources = {}

    def add(self, entries: list[Entry]) -> None:
        """Append entries."""
        start = 0
        for index, entry in enumerate(entries):
            first = entries[start]
            if entry.resource is not first.resource or entry.scope_name != first.scope_name:
                self._append(entries[start:index])
                start = index
        if entries:
            self._append(entries[start:] if start else entries)

    def add_records(self, resource: dict[str, Value], records: bytes, items: int) -> None:
        """Append framed records of one resource, without a scope."""
        if items:
            self._group(resource, "").append(records)
            self.items += items
            self.bytes_held += len(records)

    def _append(self, entries: list[Entry]) -> None:
        """Append entries of one resource and scope."""
        records = log_records(entries)
        self._group(entries[0].resource, entries[0].scope_name).append(records)
        self.items += len(entries)
        self.bytes_held += len(records)

    def _group(self, resource: dict[str, Value], scope: str) -> list[bytes]:
        if resource is NO_MAP:
            encoded = b""
        else:
            # A resource shared by many entries is the same object; it is kept here so that its id stays its own.
            known = self._resources.get(id(resource))
            encoded = known[1] if known else key_values(resource, b"\n")
            self._resources[id(resource)] = (resource, encoded)
        return self._groups.setdefault((encoded, scope), [])

    def build(self) -> Telemetry:
        """Return the request; the builder is empty afterwards."""
        scopes: dict[bytes, list[bytes]] = {}
        for (resource, scope), records in self._groups.items():
            name = text_bytes(scope)
            head = (
                b"\n%b\n%b%b" % (varint(1 + len(varint(len(name))) + len(name)), varint(len(name)), name) if name else b"\n\x00"
            )
            inner = b"".join((head, *records))
            scopes.setdefault(resource, []).append(b"\x12%b%b" % (varint(len(inner)), inner))
        parts = []
        for resource, inners in scopes.items():
            content = b"".join((b"\n", varint(len(resource)), resource, *inners))
            parts.append(b"\n%b%b" % (varint(len(content)), content))
        telemetry = Telemetry(Signal.LOGS, b"".join(parts), self.items, NO_CLIENT)
        self.clear()
        return telemetry
