"""An explanation is written for people and for programs, under either command's name."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_operator.cli import kubectl_plugin
from otel_operator.cli.explain import as_json, as_text, as_yaml
from otel_operator.cli.main import main
from otel_operator.inject.explanation import Explanation, Step

KUBECONFIG = """\
current-context: a
contexts: [{{name: a, context: {{cluster: c, user: u, namespace: shop}}}}]
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{}"}}}}]
users: [{{name: u, user: {{}}}}]
"""
EXPLANATION = Explanation(
    "pod shop/web-1",
    (
        Step("asked", "ok", "python: the pod says 'true'"),
        Step("chosen", "problem", "python: there is none", "create one"),
        Step("done", "note", "nothing was injected"),
    ),
)


def test_text_has_a_heading_a_step_and_ends_with_what_to_change() -> None:
    assert as_text(EXPLANATION) == (
        "pod shop/web-1\n\n"
        "What was asked\n  + python: the pod says 'true'\n\n"
        "What was chosen\n  ! python: there is none\n\n"
        "What was done\n  - nothing was injected\n\n"
        "What to change\n  1. create one\n"
    )


def test_json_has_the_same() -> None:
    found = json.loads(as_json(EXPLANATION))
    assert found["changes"] == ["create one"]
    assert found["steps"][1] == {"step": "chosen", "finding": "problem", "text": "python: there is none", "change": "create one"}


def test_yaml_says_what_json_says() -> None:
    assert yaml.safe_load(as_yaml(EXPLANATION)) == json.loads(as_json(EXPLANATION))


def test_nothing_to_change_is_said() -> None:
    assert as_text(Explanation("pod a/b", ())).endswith("Nothing needs to be changed.\n")


@pytest.mark.parametrize(
    ("run", "name"), [(main, "otel-operator explain"), (lambda _: kubectl_plugin.main(), "kubectl otel explain")]
)
def test_both_commands_have_it(run: Any, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["kubectl-otel", "explain", "--help"])
    with pytest.raises(SystemExit) as end:
        run(["explain", "--help"])
    assert end.value.code == 0
    assert f"usage: {name}" in capsys.readouterr().out


def test_the_plugin_offers_nothing_that_runs_a_program(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["kubectl-otel", "manager"])
    with pytest.raises(SystemExit):
        kubectl_plugin.main()
    assert "manager" in capsys.readouterr().err


@pytest.fixture
def silent_server(tmp_path: Path) -> Iterator[str]:
    """A kubeconfig that leads to a server which takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        path = tmp_path / "config"
        path.write_text(KUBECONFIG.format(server.getsockname()[1]))
        yield str(path)


def test_a_server_that_does_not_answer_is_waited_for_once(
    silent_server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("otel_operator.cli.explain._SECONDS_TO_WAIT", 0.1)
    assert main(["explain", "pod", "web-1", "--kubeconfig", silent_server]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("otel-operator explain: pod shop/web-1 cannot be explained: GET ")
    assert line.endswith("Unreachable: no answer within 0.1 s")
