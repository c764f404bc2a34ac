"""Options: flag before environment before file before default, and a clear word about a value that cannot be read."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from otel_operator.cli.sources import (
    Option,
    add_options,
    boolean,
    boolean_or_auto,
    comma_list,
    port,
    proxy_environment,
    resolve,
)
from otel_operator.errors import ConfigError

OPTIONS = (
    Option("port", "PORT", 9443, port, "a port"),
    Option("elect", "ELECT", False, boolean, "a switch"),
    Option("names", "", (), comma_list, "names", True),
)


def values(*arguments: str, **environment: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_options(parser, OPTIONS)
    return resolve(parser.parse_args(arguments), OPTIONS, environment)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "options.yaml"
    path.write_text("port: 3\nelect: true\nnames: [a, b]\n")
    return path


def test_a_flag_goes_before_environment_file_and_default(file: Path) -> None:
    assert values(f"--config-file={file}", "--port=1", PORT="2")["port"] == 1
    assert values(f"--config-file={file}", PORT="2")["port"] == 2
    assert values(f"--config-file={file}")["port"] == 3
    assert values()["port"] == 9443


def test_a_repeated_flag_adds_up(file: Path) -> None:
    assert values("--names=a,b", "--names=c")["names"] == ("a", "b", "c")
    assert values(f"--config-file={file}")["names"] == ("a", "b")


def test_a_switch_needs_no_value() -> None:
    assert values("--elect")["elect"] is True
    assert values("--elect=false", ELECT="true")["elect"] is False


def test_a_port_out_of_range_is_refused_with_its_source() -> None:
    with pytest.raises(ConfigError, match=r"\$PORT: 70000 is not a port between 1 and 65535"):
        values(PORT="70000")


@pytest.mark.parametrize("content", [b"port: [", b"- a", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "options.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"--config-file .*options\.yaml"):
        values(f"--config-file={path}")


@pytest.mark.parametrize(("text", "value"), [("auto", None), ("AUTO", None), ("true", True), ("0", False)])
def test_auto_is_neither_true_nor_false(text: str, value: bool | None) -> None:
    assert boolean_or_auto(text) is value


def test_proxy_is_taken_from_either_case_and_empty_ones_are_left_out() -> None:
    given = {"HTTP_PROXY": "http://a", "https_proxy": "http://b", "NO_PROXY": "", "OTHER": "x"}
    assert proxy_environment(given) == {"HTTP_PROXY": "http://a", "HTTPS_PROXY": "http://b"}
