"""Flags of auto-instrumentation mean what they mean to the Go operator, in each program that has them."""

import argparse
from pathlib import Path
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
def test_keys_of_the_go_operators_file_count_as_those_of_the_flags_do(program: Any, tmp_path: Path) -> None:
    keys = {
        "enable-node-js-auto-instrumentation": "false",
        "enable-dot-net-auto-instrumentation": "false",
        "enable-apache-httpd-instrumentation": "false",
        "enable-go-auto-instrumentation": "true",
        "auto-instrumentation-node-js-image": "file/node:1",
        "auto-instrumentation-dot-net-image": "file/dotnet:1",
        "auto-instrumentation-java-image": "file/java:1",
    }
    path = tmp_path / "config.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in keys.items()))
    settings = settings_of(program, [f"--config-file={path}"], {})
    assert settings.enabled_languages == {"java", "python", "go"}
    assert [settings.images[name] for name in ("nodejs", "dotnet", "java")] == ["file/node:1", "file/dotnet:1", "file/java:1"]


STATIC = "instrumentations:\n  spec:\n    sampler: {type: always_on}\n"


@pytest.mark.parametrize("program", [manager, webhook])
def test_the_files_instrumentation_counts_where_there_is_no_crd(
    program: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"enable-instrumentation-crds: false\n{STATIC}")
    assert settings_of(program, [f"--config-file={path}"], {}).static == {"sampler": {"type": "always_on"}}
    path.write_text(STATIC)
    assert settings_of(program, [f"--config-file={path}"], {}).static is None
    assert "it counts only with enable-instrumentation-crds: false" in caplog.text


@pytest.mark.parametrize("program", [manager, webhook])
def test_defaults_are_those_of_the_settings(program: Any) -> None:
    assert settings_of(program, [], {}) == InjectionSettings()
