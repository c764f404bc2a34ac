"""What `otel-operator validate` says of a manifest is what a real API server with the webhook says."""

from typing import Any

import pytest

from otel_operator.api import yaml12
from otel_operator.api.finding import Finding, Rule
from otel_operator.settings import Settings
from otel_operator.webhook.offline import admitted
from tests.validation.manifests import RIGHT, WRONG


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_manifests_without_an_error_are_taken(kubectl: Any, shop: str, text: str) -> None:
    done = created(kubectl, shop, text)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_manifests_with_an_error_are_refused(kubectl: Any, shop: str, text: str) -> None:
    done = created(kubectl, shop, text)
    assert done.returncode != 0, done.stdout
    for found in admitted(yaml12.load(text), Settings()).errors:
        assert as_the_server_says(found) in done.stderr


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_warnings_are_those_that_kubectl_shows(kubectl: Any, shop: str, text: str) -> None:
    shown = [line.removeprefix("Warning: ") for line in created(kubectl, shop, text).stderr.splitlines()]
    assert sorted(shown) == sorted(map(str, admitted(yaml12.load(text), Settings()).warnings))


def as_the_server_says(found: Finding) -> str:
    """What of a finding the server says too: the webhook its sentence, the API server the field in words of its own."""
    if found.rule is Rule.UNSERVED:
        return "no matches for kind"
    if found.rule in (Rule.METADATA, Rule.UNKNOWN_FIELD, Rule.SCHEMA):
        return str(found.path[:2][-1])
    if found.rule is Rule.MODE:  # a rule of the schema says it before the webhook can
        return str(found).partition(": ")[2].partition(";")[0]
    return str(found)


def created(kubectl: Any, namespace: str, text: str) -> Any:
    """Ask for it and all checks, and keep nothing."""
    return kubectl("create", "-n", namespace, "--dry-run=server", "-f", "-", stdin=text)
