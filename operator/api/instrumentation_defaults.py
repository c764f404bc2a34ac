"""What the admission of an Instrumentation completes (spec: instrumentation §1.2). Pure."""

from collections.abc import Mapping

from otel_operator.api.languages import LANGUAGES, Language
from otel_operator.json_types import JsonObject


def default_instrumentation(obj: JsonObject, images: Mapping[str, str]) -> JsonObject:
    """Return the Instrumentation with images, compute resources and paths of every language.

    `images` are the operator's default images by feature. The annotations
    `instrumentation.opentelemetry.io/default-auto-instrumentation-<feature>-image` are set to them whatever image the user
    chose, so that an upgrade can tell a default from a choice. Completing a second time changes nothing: then, and for a
    `spec` that is no map, the given object is returned. What has the wrong type is left for the schema's check.
    """
    spec = {} if obj.get("spec") is None else obj["spec"]
    metadata = obj.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    if not isinstance(spec, dict) or not isinstance(annotations, dict):
        return obj
    completed, recorded = dict(spec), dict(annotations)
    for language in LANGUAGES:
        image = images.get(language.feature, "")
        settings = {} if spec.get(language.spec_field) is None else spec[language.spec_field]
        if isinstance(settings, dict):
            completed[language.spec_field] = _completed(language, settings, image)
        if image:
            recorded[language.image_annotation] = image
    result = obj if completed == obj.get("spec") else {**obj, "spec": completed}
    return result if recorded == annotations else {**result, "metadata": {**metadata, "annotations": recorded}}


def _completed(language: Language, given: JsonObject, image: str) -> JsonObject:
    settings = dict(given)
    if image and not settings.get("image"):
        settings["image"] = image
    resources = {} if settings.get(language.resources) is None else settings[language.resources]
    if isinstance(resources, dict):
        # Limits and requests each only where that map is absent: a user who gives one gets the other.
        settings[language.resources] = resources | {
            name: value for name, value in language.default_resources().items() if resources.get(name) is None
        }
    for name, value in language.settings.items():
        if not settings.get(name):
            settings[name] = value
    return settings
