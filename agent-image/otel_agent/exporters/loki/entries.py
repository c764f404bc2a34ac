"""Turns log records into streams of Loki entries, by tenant. Pure but for the time of records that have none."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from otel_agent.exporters.loki.config import LokiExporterConfig
from otel_agent.exporters.loki.hints import HINTS, Attributes, format_of, tenant_of
from otel_agent.exporters.loki.labels import Labels, normalized, raw_labels, resource_labels, selector
from otel_agent.exporters.loki.lines import Rest, Source, UnknownFormat, hex_id, line, raw_line


class Entry(NamedTuple):
    """One line of a stream."""

    nanoseconds: int
    """Since 1970."""
    line: str
    metadata: tuple[tuple[str, str], ...] = ()
    """Structured metadata."""


@dataclass(slots=True)
class Stream:
    """Entries with equal labels."""

    labels: Labels
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """What one tenant gets."""

    streams: dict[str, Stream] = field(default_factory=dict)
    """By selector."""
    origins: list[tuple[int, int, int]] = field(default_factory=list)
    """Of each entry: the numbers of its resource, its scope there, and its record there."""


@dataclass(slots=True)
class Converted:
    """A whole request."""

    batches: dict[str, Batch] = field(default_factory=dict)
    """By tenant; the empty one sends no tenant."""
    without_labels: int = 0
    """Records that Loki would refuse, because they have no label."""
    without_format: int = 0
    """Records that ask for a format that there is not."""


def convert(request: Any, config: LokiExporterConfig, now: Callable[[], int]) -> Converted:
    """Convert an ExportLogsServiceRequest; entries of a stream are sorted by time, equal ones as they came.

    `now` returns nanoseconds since 1970.
    """
    done = Converted()
    targets: dict[tuple[tuple[str, str], ...], tuple[str, Labels]] = {}
    for number, logs in enumerate(request.resource_logs):
        resource = _Resource(logs.resource.attributes, config)
        for inner, scope in enumerate(logs.scope_logs):
            for index, record in enumerate(scope.log_records):
                attributes = _by_key(record.attributes)
                raw = resource.labels_with(attributes, record.severity_number)
                target = targets.get(key := tuple(raw.items()))
                if target is None:
                    labels = normalized(raw)
                    target = targets[key] = selector(labels), labels
                if not target[1]:
                    done.without_labels += 1
                    continue
                source = Source(record, Rest(_without(attributes, raw)), resource.without(raw), scope.scope)
                try:
                    entry = _entry(source, format_of(attributes, resource.attributes), config, now)
                except UnknownFormat:
                    done.without_format += 1
                    continue
                batch = done.batches.setdefault(tenant_of(attributes, resource.attributes), Batch())
                stream = batch.streams.get(target[0])
                if stream is None:
                    stream = batch.streams[target[0]] = Stream(target[1])
                stream.entries.append(entry)
                batch.origins.append((number, inner, index))
    for batch in done.batches.values():
        for stream in batch.streams.values():
            stream.entries.sort(key=lambda entry: entry.nanoseconds)
    return done


def only(request: Any, origins: list[tuple[int, int, int]]) -> Any:
    """Return a request of some of the records of another."""
    chosen: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for resource, scope, record in origins:
        chosen[resource][scope].append(record)
    result = type(request)()
    for number, scopes in chosen.items():
        before = request.resource_logs[number]
        logs = result.resource_logs.add(resource=before.resource, schema_url=before.schema_url)
        for scope, records in scopes.items():
            inner = before.scope_logs[scope]
            part = logs.scope_logs.add(scope=inner.scope, schema_url=inner.schema_url)
            part.log_records.extend(inner.log_records[record] for record in records)
    return result


class _Resource:
    """What the records of a resource have in common, worked out once."""

    def __init__(self, attributes: Any, config: LokiExporterConfig) -> None:
        self.attributes = _by_key(attributes)
        self._enabled = config.default_labels_enabled
        self._common = resource_labels(self.attributes, self._enabled)
        self._rests: dict[frozenset[str], Rest] = {}

    def labels_with(self, record: Attributes, severity_number: int) -> Labels:
        """Return the labels of a record by the names of their attributes."""
        return raw_labels(record, self.attributes, self._common, severity_number, self._enabled)

    def without(self, labels: Labels) -> Rest:
        """Return the attributes that are neither hints nor labels."""
        taken = frozenset(self.attributes.keys() & labels.keys())
        rest = self._rests.get(taken)
        if rest is None:
            rest = self._rests[taken] = Rest(_without(self.attributes, labels))
        return rest


def _entry(source: Source, form: str, config: LokiExporterConfig, now: Callable[[], int]) -> Entry:
    record = source.record
    nanoseconds = record.time_unix_nano or record.observed_time_unix_nano or now()
    if not config.structured_metadata:
        return Entry(nanoseconds, line(form, source))
    return Entry(nanoseconds, raw_line(source), tuple(sorted(normalized(_metadata(source)).items())))


def _metadata(source: Source) -> Labels:
    """Return what is beside the line: what the record says wins over its resource."""
    record, scope = source.record, source.scope
    found = source.resource.texts | {"scope_name": scope.name, "scope_version": scope.version} | source.attributes.texts
    found |= {"trace_id": hex_id(record.trace_id), "span_id": hex_id(record.span_id), "severity_text": record.severity_text}
    return found


def _by_key(attributes: Any) -> Attributes:
    return {attribute.key: attribute.value for attribute in attributes}


def _without(attributes: Attributes, labels: Labels) -> Attributes:
    return {key: value for key, value in attributes.items() if key not in HINTS and key not in labels}
