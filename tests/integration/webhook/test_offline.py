"""What `otel-operator validate` says of a manifest is what a real API server with the webhook says."""

import json
import os
import ssl
import urllib.error
import urllib.request
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_operator.api import yaml12
from otel_operator.api.finding import Finding, Rule
from otel_operator.settings import Settings
from otel_operator.webhook.offline import admitted
from tests.validation.manifests import RIGHT, WRONG
from tests.validation.mutations import mutated

SEED = int(os.environ.get("VALIDATE_SEED", "1"))
GENERATED = int(os.environ.get("VALIDATE_OBJECTS", "300"))


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


def test_verdicts_on_generated_objects_are_the_servers(apiserver: ApiServer, shop: str) -> None:
    tls = ssl.create_default_context(cafile=str(apiserver.ca_file))
    tls.load_cert_chain(apiserver.admin_cert, apiserver.admin_key)
    differences = []
    for obj in mutated(SEED, GENERATED):
        refusal = refused(apiserver, tls, shop, obj)
        errors = [str(found) for found in admitted(obj, Settings()).errors]
        if bool(errors) != bool(refusal):
            differences.append(f"{obj}\n  validate: {errors}\n  server: {refusal}")
    assert not differences, "\n".join(differences)


def refused(apiserver: ApiServer, tls: ssl.SSLContext, namespace: str, obj: dict[str, Any]) -> str:
    """Why the server would not create the object, "" if it would."""
    group, _, version = obj["apiVersion"].partition("/")
    place = f"{apiserver.url}/apis/{group}/{version}/namespaces/{namespace}/{obj['kind'].lower()}s"
    request = urllib.request.Request(f"{place}?dryRun=All&fieldValidation=Strict", json.dumps(obj).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    try:
        urllib.request.urlopen(request, context=tls, timeout=30).close()
    except urllib.error.HTTPError as error:
        with error:
            return str(json.load(error)["message"])
    return ""
