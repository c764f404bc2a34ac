"""Digests of what an injection depends on, by which a pod with an older one is told from one that is up to date. Pure."""

from collections.abc import Mapping

from otel_operator.api.digest import digest
from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.api.languages import WITH_SDK
from otel_operator.inject.outcome import Injection
from otel_operator.inject.per_version import PerVersion
from otel_operator.inject.sidecar.names import SIDECAR
from otel_operator.inject.surroundings import Surroundings
from otel_operator.json_types import JsonObject

_SDK_FIELDS = ("exporter", "resource", "propagators", "sampler", "defaults", "env")
_CONTAINER_FIELDS = (*_SDK_FIELDS, "imagePullPolicy", "initContainerSecurityContext")


def instrumentation_digests(instrumentation: JsonObject, images: Mapping[str, str]) -> dict[str, str]:
    """Return, by feature, the digest of the part of an Instrumentation that its injection depends on.

    It is taken of the completed spec (`images` are the operator's defaults), so that it is the same whether admission has
    completed the object or not.
    """
    spec = default_instrumentation(instrumentation, images).get("spec")
    if not isinstance(spec, dict):
        spec = {}
    digests = {}
    for language in WITH_SDK:
        field = language.spec_field
        parts = [spec.get(name) for name in (_CONTAINER_FIELDS if field else _SDK_FIELDS)]
        digests[language.feature] = digest([*parts, spec.get(field) if field else None])
    return digests


class Digests:
    """The digests of injections, each made once for a version of its resource; `images` are the operator's defaults."""

    def __init__(self, images: Mapping[str, str]) -> None:
        self._instrumentations = PerVersion(lambda obj: instrumentation_digests(obj, images))
        self._collectors = PerVersion(lambda obj: digest(obj.get("spec")))

    def of(self, injection: Injection, surroundings: Surroundings) -> str:
        """Return the digest of what an injection came from, "" where that is gone."""
        namespace, name = injection.resource
        if injection.feature == SIDECAR:
            collector = surroundings.collector(namespace, name)
            return self._collectors.of(collector) if collector else ""
        instrumentation = surroundings.instrumentation(namespace, name)
        return self._instrumentations.of(instrumentation)[injection.feature] if instrumentation else ""
