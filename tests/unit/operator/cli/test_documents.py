"""Files, directories and standard input become documents that know where they stand."""

import io
import json
import os
from pathlib import Path

import pytest

from otel_operator.cli import documents
from otel_operator.cli.documents import Document, read_documents
from otel_operator.errors import OperatorError

NOTHING = io.BytesIO()


def read(path: Path | str, text: str = "") -> list[Document]:
    if text:
        Path(path).write_text(text)
    return read_documents([str(path)], NOTHING)


def test_documents_of_a_file_know_their_line_and_empty_ones_are_passed_over(tmp_path: Path) -> None:
    found = read(tmp_path / "a.yaml", "# a comment\n---\n---\na: 1\n---\n# none\n---\n\nb: [2]\n")
    assert [(document.line, document.value) for document in found] == [(4, {"a": 1}), (9, {"b": [2]})]
    assert {document.source for document in found} == {str(tmp_path / "a.yaml")}


def test_values_are_read_as_the_collector_reads_them(tmp_path: Path) -> None:
    [document] = read(tmp_path / "a.yaml", "a: yes\nb: 0123\n1: x\n")
    assert document.value == {"a": "yes", "b": 83, "1": "x"}


def test_json_is_read_too(tmp_path: Path) -> None:
    [document] = read(tmp_path / "a.json", json.dumps({"a": ["/", "ä"], "b": None}, indent="\t"))
    assert document.value == {"a": ["/", "ä"], "b": None}
    assert document.positions.at(("b",)) == (6, 2)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(tmp_path / "a.yaml")[0].value == {"a": 1}


def test_directories_are_read_in_order_with_those_below_them_and_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.yml", "a.json", "sub/c.yaml", "sub/notes.txt", ".git/d.yaml", "z.yaml"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'{{"name": "{name}"}}')
    assert [document.value["name"] for document in read(tmp_path)] == ["a.json", "b.yml", "z.yaml", "sub/c.yaml"]


def test_what_is_no_file_in_a_directory_is_passed_over_and_what_is_not_there_is_not(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")  # opened, it would wait for a writer
    assert read(tmp_path) == []
    (tmp_path / "b.yaml").symlink_to("nowhere")
    with pytest.raises(OperatorError, match=r"b\.yaml: No such file"):
        read(tmp_path)


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1")
    assert len(read_documents([str(tmp_path), str(tmp_path / "a.yaml")], NOTHING)) == 1


def test_a_dash_is_standard_input() -> None:
    [document] = read_documents(["-", "-"], io.BytesIO(b"a: 1\n"))
    assert (document.source, document.line, document.value) == ("-", 1, {"a": 1})


def test_lists_are_unfolded_and_items_have_their_own_positions(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- kind: A\n  spec: {x: 1}\n-\n- kind: B\n  spec:\n    y: 2\n"
    found = read(tmp_path / "a.yaml", text)
    assert [(document.line, document.value["kind"]) for document in found] == [(4, "A"), (7, "B")]
    assert found[1].positions.at(("spec", "y")) == (9, 5)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: [\n", "3:1"),
        ("a: 1\na: 2\n", '2:1: duplicate key "a"'),
        ("fine: true\n---\n\nkey: *gone\n", '4:6: alias "*gone" has no complete anchor before it'),
        ("a: \t- b\n", "1:5"),
    ],
)
def test_what_is_no_yaml_is_named_with_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "a.yaml"
    with pytest.raises(OperatorError) as error:
        read(file, text)
    assert str(error.value).startswith(f"{file}:{place}")
    assert "template" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "kind: A\nname: {{ .Values.name }}\n",
        "{{- if .Values.enabled }}\nkind: A\n{{- end }}\n",
        "kind: A\nspec:\n  {{- toYaml .Values.spec | nindent 2 }}\n",
        "kind: A\n{{ if .Values.enabled }}\nname: b\n{{ end }}\n",
    ],
)
def test_a_helm_template_is_told_for_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(OperatorError, match=r"a\.yaml:\d+:\d+: .*looks like a template: render it first"):
        read(tmp_path / "a.yaml", text)


def test_bytes_that_are_no_text_are_named_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(OperatorError, match=r"a\.yaml:2:4: not UTF-8 text"):
        read(tmp_path / "a.yaml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"gone\.yaml: No such file"):
        read(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    ("bound", "text", "problem"),
    [
        ("MAX_FILE_BYTES", "a: 12345678901", "more than 10 bytes; split"),
        ("MAX_BYTES", "a: 12345678901", "more than 10 bytes in all"),
        ("MAX_DOCUMENTS", "---\na: 1\n" * 11, "more than 10 documents in all"),
    ],
)
def test_input_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, text: str, problem: str) -> None:
    monkeypatch.setattr(documents, bound, 10)
    with pytest.raises(OperatorError, match=problem):
        read(tmp_path / "a.yaml", text)
