"""Gathers log records into one OTLP request, by resource and scope."""

from otel_agent.pdata.telemetry import NO_CLIENT, Signal, Telemetry
from otel_agent.stanza.entry import NO_MAP, Entry, Value
from otel_agent.stanza.wire import key_values, log_record, text_bytes, varint


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
        group: list[bytes] = []
        resource: dict[str, Value] | None = None
        scope = ""
        for entry in entries:
            if entry.resource is not resource or entry.scope_name != scope:
                resource, scope = entry.resource, entry.scope_name
                group = self._group(resource, scope)
            record = log_record(entry)
            group.append(record)
            self.bytes_held += len(record)
        self.items += len(entries)

    def add_records(self, resource: dict[str, Value], records: list[bytes]) -> None:
        """Append framed records of one resource, without a scope."""
        self._group(resource, "").extend(records)
        self.items += len(records)
        self.bytes_held += sum(map(len, records))

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
