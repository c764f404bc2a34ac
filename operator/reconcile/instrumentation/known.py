"""What the manager keeps of an Instrumentation: what follows from it, not its spec. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from otel_operator.api.finding import sentences
from otel_operator.api.image_upgrade import Upgrade, upgraded
from otel_operator.api.instrumentation_rules import validate_instrumentation
from otel_operator.api.languages import BY_FEATURE
from otel_operator.api.restart_policy import RestartPolicy, restart_policy
from otel_operator.inject.digests import instrumentation_digests
from otel_operator.json_types import JsonObject
from otel_operator.settings import InjectionSettings

_KEPT = ("name", "namespace", "uid", "resourceVersion", "generation", "deletionTimestamp")


class ImageChange(NamedTuple):
    """An upgrade that is due."""

    patch: JsonObject
    """Merge patch; its resource version makes it fail where the object has changed meanwhile."""
    images: dict[str, str]
    """New images by feature."""


@dataclass(frozen=True, slots=True)
class Known:
    """One Instrumentation."""

    metadata: JsonObject
    status: JsonObject
    digests: dict[str, str]
    """What pods that are up to date carry, by feature."""
    errors: tuple[str, ...]
    """Why admission would refuse it, for clusters whose webhooks were off."""
    blocked: dict[str, str]
    change: ImageChange | None
    policy: RestartPolicy | None
    policy_error: str


def known(obj: JsonObject, settings: InjectionSettings) -> Known:
    """Work out what follows from a live Instrumentation."""
    verdict = validate_instrumentation(obj, settings.images)
    upgrade = upgraded(obj, settings.images, settings.enabled_languages)
    policy, policy_error = None, ""
    try:
        policy = restart_policy(obj)
    except ValueError as error:
        policy_error = str(error)
    return Known(
        metadata={name: obj["metadata"][name] for name in _KEPT if name in obj["metadata"]},
        status=obj.get("status") or {},
        digests=instrumentation_digests(obj, settings.images),
        errors=sentences(verdict.errors),
        blocked=upgrade.blocked,
        change=_change(obj, upgrade) if upgrade.changed else None,
        policy=policy,
        policy_error=policy_error,
    )


def _change(obj: JsonObject, upgrade: Upgrade) -> ImageChange:
    languages = [BY_FEATURE[feature] for feature in upgrade.changed]
    metadata = {
        "resourceVersion": obj["metadata"].get("resourceVersion"),
        "annotations": {language.image_annotation: upgrade.changed[language.feature] for language in languages},
    }
    spec = {language.spec_field: {"image": upgrade.changed[language.feature]} for language in languages}
    return ImageChange({"metadata": metadata, "spec": spec}, upgrade.changed)
