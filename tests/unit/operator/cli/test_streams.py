"""Commands whose standard streams are closed, full or left by their reader say so in a line, or nothing, and mix nothing up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.validation.manifests import BETA, CONFIG

MORE_THAN_A_PIPE_HOLDS = 1500


@pytest.fixture
def collector(tmp_path: Path) -> Path:
    path = tmp_path / "collector.yaml"
    path.write_text(BETA + CONFIG)
    return path


def in_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `$O` is the command; its exit code is that of the command in a pipe."""
    script = f'set -o pipefail; O="{sys.executable} -m otel_operator"; {line}'
    return subprocess.run(["bash", "-c", script], capture_output=True, encoding="utf-8", cwd=folder, check=False)


@pytest.mark.parametrize("command", ["validate {} --output json", "validate {}", "manifests", "crds"])
def test_a_reader_that_goes_away_ends_the_command_without_a_word(command: str, tmp_path: Path, collector: Path) -> None:
    wrong = collector.read_text() + "  mode: daemon\n---\n"
    collector.write_text(wrong * MORE_THAN_A_PIPE_HOLDS)
    done = in_shell(f"$O {command.format(collector)} | true", tmp_path)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("command", ["validate {} --output json", "validate {}", "render {}", "manifests"])
def test_a_full_disk_is_said_in_one_line(command: str, tmp_path: Path, collector: Path) -> None:
    done = in_shell(f"$O {command.format(collector)} >/dev/full", tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"otel-operator {command.split()[0]}: [Errno 28] No space left on device"]


@pytest.mark.parametrize("command", ["manifests --output", "manifests --chart", "crds --output"])
def test_a_place_that_cannot_be_written_is_named(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = in_shell(f"$O {command} file/below", tmp_path)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith(f"otel-operator {command.split()[0]}: [Errno 20] Not a directory: 'file/below")


def test_messages_do_not_get_among_the_output_when_standard_error_is_closed(tmp_path: Path, collector: Path) -> None:
    done = in_shell(f"$O validate {collector} --output json 2>&-", tmp_path)
    assert json.loads(done.stdout)["summary"]["checked"] == 1


@pytest.mark.parametrize("command", ["validate", "render"])
def test_closed_standard_output_takes_everything(command: str, tmp_path: Path, collector: Path) -> None:
    done = in_shell(f"$O {command} {collector} >&-", tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


@pytest.mark.parametrize(("command", "code"), [("validate", 2), ("render", 1)])
def test_closed_standard_input_is_no_empty_one(command: str, code: int, tmp_path: Path) -> None:
    done = in_shell(f"$O {command} - <&-", tmp_path)
    assert done.returncode == code
    assert "standard input is closed" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_output_is_utf_8_whatever_the_locale_is(form: str, tmp_path: Path, collector: Path) -> None:
    collector.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: Zürich}\n")
    done = in_shell(f"PYTHONIOENCODING=ascii $O render {collector} --include-others --output {form}", tmp_path)
    assert "Zürich" in done.stdout
