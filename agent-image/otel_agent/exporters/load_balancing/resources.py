"""Divides requests between the keys of their resources, which stay as they are on the wire. Pure."""

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otel_agent.exporters.load_balancing.ring import Ring
from otel_agent.exporters.load_balancing.routing import Divide, Part
from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Signal

ResourceKey = Callable[[Any], bytes]

_FIELD = descriptor_pb2.FieldDescriptorProto


def by_resource(signal: Signal, key_of: ResourceKey) -> Divide:
    """Return what divides requests by a key of the resource."""

    def divide(data: bytes, ring: Ring) -> Sequence[Part]:
        try:
            request = _REQUEST.FromString(data)
            chunks = list(request.resources)
            owners = [ring.owner(key_of(Resource.FromString(_HEAD.FromString(chunk).resource))) for chunk in chunks]
        except DecodeError as error:
            raise InvalidTelemetry(f"malformed {signal} request: {error}") from error
        members: dict[int, list[bytes]] = {}
        for owner, chunk in zip(owners, chunks, strict=True):
            members.setdefault(owner, []).append(chunk)
        if len(members) == 1:
            return [Part(owners[0], data, kernel.count(signal, data))]
        parts = [(owner, _REQUEST(resources=chosen).SerializeToString()) for owner, chosen in members.items()]
        return [Part(owner, part, kernel.count(signal, part)) for owner, part in parts]

    return divide


def service(resource: Any) -> bytes:
    """Return service.name; nothing when there is none."""
    for attribute in resource.attributes:
        if attribute.key == "service.name":
            return bytes(attribute.value.string_value.encode())
    return b""


def _build() -> tuple[type[Any], type[Any]]:
    """Declare views that stop at the resource: they serve all three signals, which number these fields alike."""
    file = descriptor_pb2.FileDescriptorProto(name="otel_agent/resources.proto", package="otel_agent.resources", syntax="proto3")
    request = file.message_type.add(name="Request")
    request.field.add(name="resources", number=1, type=_FIELD.TYPE_BYTES, label=_FIELD.LABEL_REPEATED)
    file.message_type.add(name="Head").field.add(name="resource", number=1, type=_FIELD.TYPE_BYTES)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = [
        message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.{name}")) for name in ("Request", "Head")
    ]
    return found[0], found[1]


_REQUEST, _HEAD = _build()
