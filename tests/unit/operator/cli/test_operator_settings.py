"""What the operator runs with is read from its Deployment; what is given on the command line counts before."""

import argparse
from typing import Any

from otel_operator.cli.injection_options import INJECTION_OPTIONS
from otel_operator.cli.operator_settings import settings_of
from otel_operator.cli.sources import add_options
from otel_operator.resources.install.names import Installation
from otel_operator.resources.install.webhook import webhook
from otel_operator.settings import InjectionSettings

NOTHING: dict[str, Any] = {}


def given(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser, INJECTION_OPTIONS)
    return parser.parse_args(arguments)


def deployment(*args: str, **env: str) -> dict[str, Any]:
    container = {"args": ["webhook", *args], "env": [{"name": name, "value": value} for name, value in env.items()]}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def test_without_an_operator_the_defaults_count() -> None:
    assert settings_of(NOTHING, given()) == InjectionSettings()


def test_flags_and_environment_of_the_deployment_count() -> None:
    live = deployment(
        "--webhook-port=9443", "--auto-instrumentation-java-image=java:9", ENABLE_GO_AUTO_INSTRUMENTATION="true", OTHER="x"
    )
    settings = settings_of(live, given())
    assert settings.images["java"] == "java:9"
    assert "go" in settings.enabled_languages


def test_what_is_given_counts_before() -> None:
    live = deployment("--enable-go-instrumentation", "--enable-java-instrumentation=false")
    settings = settings_of(live, given("--enable-go-instrumentation=false"))
    assert "go" not in settings.enabled_languages
    assert "java" not in settings.enabled_languages


def test_flags_that_cannot_be_read_are_passed_over() -> None:
    assert settings_of(deployment("--auto-instrumentation-java-image"), given()) == InjectionSettings()


def test_the_install_file_has_nginx_switched_on() -> None:
    live = next(obj for obj in webhook(Installation()) if obj["kind"] == "Deployment")
    assert settings_of(live, given()).enabled_languages == InjectionSettings().enabled_languages | {"nginx"}
