"""`validate` as it is called: files in, findings, a summary and an exit code out."""

import io
import json
import os
from pathlib import Path

import jsonschema
import pytest

from otel_operator.api.finding import TITLES, Rule
from otel_operator.cli import kubectl_plugin
from otel_operator.cli.findings_text import as_text
from otel_operator.cli.judgement import Located, Report
from otel_operator.cli.main import main
from otel_operator.cli.sarif import as_sarif
from tests.validation.manifests import ALPHA, BETA, CONFIG, TEXT

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = sorted((ROOT / "manifests" / "samples").glob("*.yaml"))
Printed = pytest.CaptureFixture[str]
PLACE = {
    "type": "object",
    "required": ["physicalLocation", "logicalLocations"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": r"^[^\s\\%]+(%[0-9A-F]{2}[^\s\\%]*)*$"}},
                },
                "region": {
                    "type": "object",
                    "required": ["startLine", "startColumn"],
                    "properties": {name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn")},
                },
            },
        },
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {"driver": {"type": "object", "required": ["name", "rules"]}},
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
                            "properties": {
                                "message": {"type": "object", "required": ["text"]},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "locations": {"type": "array", "minItems": 1, "items": PLACE},
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What the schema of SARIF 2.1.0 requires of the parts that we write, and of those what code hosts need."""


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.yaml"
    path.write_text(BETA + CONFIG + "  mode: daemon\n")
    return path


@pytest.fixture
def older(tmp_path: Path) -> Path:
    path = tmp_path / "older.yaml"
    path.write_text(ALPHA + TEXT)
    return path


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_right(path: Path, capsys: Printed) -> None:
    assert main(["validate", str(path)]) == 0
    assert " error: " not in capsys.readouterr().out


def test_a_mistake_is_one_line_with_its_place_and_a_summary_is_on_standard_error(wrong: Path, capsys: Printed) -> None:
    assert main(["validate", str(wrong)]) == 1
    printed = capsys.readouterr()
    assert printed.out == (
        f'{wrong}:10:3: error: OpenTelemetryCollector gateway: spec.mode: "daemon" is not supported; '
        "use one of daemonset, deployment, sidecar, statefulset\n"
    )
    assert printed.err == "1 document checked, 0 of other kinds passed over: 1 error, 0 warnings\n"


def test_warnings_fail_only_where_that_is_asked_for(older: Path, capsys: Printed) -> None:
    assert main(["validate", str(older)]) == 0
    assert main(["validate", "--strict", str(older)]) == 1
    assert capsys.readouterr().err.count("0 errors, 1 warning") == 2


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BETA.encode())))
    assert main(["validate", "-"]) == 1
    assert capsys.readouterr().out.startswith("-:5:1: error: ")


@pytest.mark.parametrize("text", ["a: [\n", "a: {{ .Values.a }}\n"])
def test_input_that_cannot_be_read_is_exit_code_two(tmp_path: Path, text: str, capsys: Printed) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert main(["validate", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"{tmp_path / 'a.yaml'}:")
    assert printed.out == ""


@pytest.mark.parametrize(("text", "place"), [("a:\n  - [\n", (3, 1)), (None, (1, 1))], ids=["no YAML", "no file"])
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_programs_get_their_form_when_input_cannot_be_read(
    form: str, text: str | None, place: tuple[int, int], tmp_path: Path, capsys: Printed
) -> None:
    path = tmp_path / "a.yaml"
    if text is not None:
        path.write_text(text)
    assert main(["validate", "-o", form, str(path)]) == 2
    printed = json.loads(capsys.readouterr().out)
    if form == "json":
        assert printed["summary"] == {"checked": 0, "passedOver": 0, "errors": 1, "warnings": 0}
        [found] = printed["findings"]
        assert (found["path"], found["rule"], (found["line"], found["column"])) == (str(path), "unreadable", place)
    else:
        jsonschema.Draft202012Validator(SARIF).validate(printed)
        [result] = printed["runs"][0]["results"]
        region = {"startLine": place[0], "startColumn": place[1]}
        assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": path.as_uri()}, "region": region}


def test_what_files_say_does_not_move_the_cursor_when_they_cannot_be_read(tmp_path: Path, capsys: Printed) -> None:
    (tmp_path / "a.yaml").write_text('"\\e[2J\\n": 1\n"\\e[2J\\n": 2\n')
    assert main(["validate", str(tmp_path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "duplicate key" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_the_name_of_a_file_need_not_be_text(form: str, tmp_path: Path, capsys: Printed) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.yaml"
    with open(path, "w") as file:
        file.write(BETA)
    assert main(["validate", "-o", form, str(tmp_path)]) == 1
    assert "caf" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--output=xml", "-"], ["--config-file=/nonexistent", "-"]])
def test_wrong_usage_is_exit_code_two(arguments: list[str], capsys: Printed) -> None:
    try:
        code = main(["validate", *arguments])
    except SystemExit as end:
        code = int(str(end.code))
    assert code == 2
    assert capsys.readouterr().out == ""


def test_json_has_every_finding_and_the_summary(wrong: Path, older: Path, capsys: Printed) -> None:
    assert main(["validate", "-o", "json", str(wrong.parent)]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["summary"] == {"checked": 2, "passedOver": 0, "errors": 1, "warnings": 1}
    first, second = printed["findings"]
    assert (first["path"], first["level"], first["rule"]) == (str(older), "warning", "older-version")
    assert (second["line"], second["column"], second["field"], second["object"]) == (
        10,
        3,
        "spec.mode",
        "OpenTelemetryCollector gateway",
    )


def test_sarif_has_what_its_schema_requires(wrong: Path, older: Path, capsys: Printed) -> None:
    assert main(["validate", "-o", "sarif", str(wrong.parent)]) == 1
    log = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SARIF).validate(log)
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [rule.value for rule in TITLES]
    assert [(result["level"], rules[result["ruleIndex"]]) for result in run["results"]] == [
        ("warning", "older-version"),
        ("error", "schema"),
    ]
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": wrong.as_uri()}, "region": {"startLine": 10, "startColumn": 3}}


@pytest.mark.parametrize(
    ("source", "location"),
    [
        ("a b/c.yaml", {"uri": "a%20b/c.yaml", "uriBaseId": "%SRCROOT%"}),
        ("\udce9.yaml", {"uri": "%E9.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/a b.yaml", {"uri": "file:///a%20b.yaml"}),
        ("-", {"uri": "stdin"}),
    ],
)
def test_sarif_names_files_by_address(source: str, location: dict[str, str]) -> None:
    found = Located(source, 1, 1, "error", Rule.NAME, "x", "", "y")
    [result] = json.loads(as_sarif(Report((found,), 1, 0)))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == location


def test_text_of_files_cannot_steer_the_terminal_or_begin_a_line() -> None:
    found = Located("a\nb", 1, 1, "error", Rule.NAME, "\x1b[2J", "", "c\n::error::d")
    assert as_text(Report((found,), 1, 0)) == "a�b:1:1: error: �[2J: c�::error::d\n"


def test_the_plugin_has_it_too(wrong: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.setattr("sys.argv", ["kubectl-otel", "validate", str(wrong)])
    assert kubectl_plugin.main() == 1
    assert "spec.mode" in capsys.readouterr().out
