"""Flags of auto-instrumentation mean what they mean to the Go operator, in each program that has them."""

import argparse
from typing import Any

import pytest

from otel_operator.cli import manager, webhook
from otel_operator.cli.injection_options import injection_settings
from otel_operator.cli.sources import resolve
from otel_operator.settings import InjectionSettings


def settings_of(program: Any, arguments: list[str], environ: dict[str, str]) -> InjectionSettings:
    parser = program.add_parser(argparse.ArgumentParser().add_subparsers())
    return injection_settings(resolve(parser.parse_args(arguments), program.OPTIONS, environ))


@pytest.mark.parametrize("program", [manager, webhook])
def test_flag_beats_environment_beats_default(program: Any) -> None:
    environ = {
        "RELATED_IMAGE_AUTO_INSTRUMENTATION_APACHE_HTTPD": "env/apache:1",
        "RELATED_IMAGE_AUTO_INSTRUMENTATION_JAVA": "env/java:1",
        "ENABLE_GO_AUTO_INSTRUMENTATION": "true",
        "ENABLE_NGINX_AUTO_INSTRUMENTATION": "true",
        "ENABLE_MULTI_INSTRUMENTATION": "false",
    }
    arguments = [
        "--auto-instrumentation-java-image=flag/java:2",
        "--enable-nginx-instrumentation=false",
        "--enable-python-instrumentation=false",
    ]
    settings = settings_of(program, arguments, environ)
    assert (settings.images["apache-httpd"], settings.images["java"]) == ("env/apache:1", "flag/java:2")
    assert settings.images["python"] == InjectionSettings().images["python"]
    assert settings.enabled_languages == {"java", "nodejs", "dotnet", "go", "apache-httpd"}
    assert settings.multi_instrumentation is False


@pytest.mark.parametrize("program", [manager, webhook])
def test_defaults_are_those_of_the_settings(program: Any) -> None:
    assert settings_of(program, [], {}) == InjectionSettings()
