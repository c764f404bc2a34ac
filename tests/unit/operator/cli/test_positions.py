"""A path in a document leads to the line and column where it is written."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from otel_operator.api.finding import Path
from otel_operator.cli.positions import Place, Positions, Text

OBJECT = """\
# first
kind: Other
---
kind: OpenTelemetryCollector
spec: &spec
  ports:
  - name: a
  -   name: b
      port: 1
  config:
    receivers: {otlp: {protocols: null}}
other:
  <<: *spec
  replicas: 1
"""
IN_TEXT = """\
spec:
  config: |

    receivers:
      otlp:
        protocols: {grpc: , http: }
  args: {a: "x: 1"}
"""


def at(text: str, path: Path, document: int = 0) -> Place:
    return Positions(Text(text), document, 1).at(path)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (4, 1)),
        (("spec",), (5, 1)),
        (("spec", "ports", 1), (8, 7)),
        (("spec", "ports", "1", "port"), (9, 7)),
        (("spec", "config", "receivers", "otlp", "protocols"), (11, 24)),
        (("other", "ports", 0, "name"), (7, 5)),
        (("other", "replicas"), (14, 3)),
    ],
)
def test_keys_and_items_are_found(path: Path, place: Place) -> None:
    assert at(OBJECT, path, 1) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("metadata", "name"), (4, 1)),
        (("spec", "ports", 7), (6, 3)),
        (("spec", "ports", "x"), (6, 3)),
        (("spec", "config", "receivers", "otlp", "protocols", "grpc"), (11, 24)),
    ],
)
def test_what_is_not_there_stands_where_its_nearest_ancestor_does(path: Path, place: Place) -> None:
    assert at(OBJECT, path, 1) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("spec", "config"), (2, 3)),
        (("spec", "config", "receivers"), (4, 5)),
        (("spec", "config", "receivers", "otlp", "protocols", "http"), (6, 29)),
        (("spec", "args", "a", "x"), (7, 10)),
    ],
)
def test_yaml_in_a_literal_block_is_looked_into(path: Path, place: Place) -> None:
    assert at(IN_TEXT, path) == place


def test_a_part_can_be_a_document_of_its_own() -> None:
    part = Positions(Text(OBJECT), 1, 4).below(("spec", "ports", 1))
    assert part.at(()) == (8, 7)
    assert part.at(("port",)) == (9, 7)


def test_text_that_cannot_be_marked_has_its_first_line() -> None:
    assert Positions(Text("a: [\n"), 3, 7).at(("a",)) == (7, 1)


@pytest.mark.parametrize(("place", "wanted"), [((1, 1), (3, 5)), ((4, 7), (6, 11))])
def test_a_place_in_a_literal_block_is_one_in_the_file(place: Place, wanted: Place) -> None:
    assert Positions(Text(IN_TEXT), 0, 1).inside(("spec", "config"), place) == wanted


@pytest.mark.parametrize(("path", "wanted"), [(("spec", "args", "a"), (7, 10)), (("spec", "none"), (1, 1))])
def test_a_place_in_other_text_is_that_of_its_key(path: Path, wanted: Place) -> None:
    assert Positions(Text(IN_TEXT), 0, 1).inside(path, (3, 3)) == wanted


def test_a_block_is_parsed_once_for_all_places_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    compose = yaml.compose

    def counted(text: str, Loader: Any) -> yaml.Node | None:
        parsed.append(text)
        return compose(text, Loader)

    monkeypatch.setattr(yaml, "compose", counted)
    positions = Positions(Text(IN_TEXT), 0, 1)
    assert positions.at(("spec", "config", "receivers")) == (4, 5)
    assert positions.at(("spec", "config", "receivers", "otlp")) == (5, 7)
    assert len(parsed) == 1


class Walked(list[Any]):
    """Counts how often somebody goes through it."""

    walks = 0

    def __iter__(self) -> Iterator[Any]:
        self.walks += 1
        return super().__iter__()

    def __reversed__(self) -> Iterator[Any]:
        self.walks += 1
        return super().__reversed__()


def test_a_map_is_gone_through_once_for_all_places_in_it() -> None:
    text = Text("a: 1\nb: 2\nc: 3\n")
    [root] = text.roots
    assert root is not None
    root.value = Walked(root.value)
    positions = Positions(text, 0, 1)
    assert [positions.at((name,)) for name in ("a", "b", "c", "d")] == [(1, 1), (2, 1), (3, 1), (1, 1)]
    assert root.value.walks == 1
