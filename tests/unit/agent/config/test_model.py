"""How raw values reach fields: null, optional blocks, expanded values, lists, secrets."""

from enum import StrEnum

import pytest
from pydantic import Field, ValidationError

from otel_agent.config.component import ComponentId
from otel_agent.config.expanded import ExpandedValue
from otel_agent.config.ids import ComponentIdText
from otel_agent.config.model import ConfigModel, DefaultBlock, Duration, NoneBlock, Opaque, SomeBlock


class Colour(StrEnum):
    RED = "red"


class Block(ConfigModel):
    size: int = 3


class Switched(ConfigModel):
    enabled: bool = True


class Model(ConfigModel):
    text: str = "default"
    number: int = 1
    ratio: float = 0.5
    flag: bool = False
    wait: Duration = 5.0
    secret: Opaque = Opaque("")
    names: list[str] = Field(default_factory=lambda: ["a"])
    pair: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    counts: dict[str, int] = Field(default_factory=dict)
    either: str | list[str] = ""
    colour: Colour = Colour.RED
    ref: ComponentIdText | None = None
    block: Block = Field(default_factory=lambda: Block(size=4))
    blocks: list[Block] = Field(default_factory=list)
    off: NoneBlock[Block] = None
    on_mention: DefaultBlock[Block] = None
    on: SomeBlock[Block] = Field(default_factory=Block)
    switched: NoneBlock[Switched] = None
    anything: object = None


def read(**raw: object) -> Model:
    return Model.model_validate(raw)


def test_null_keeps_every_default():
    assert Model.model_validate(None) == Model()
    assert read(**{name: None for name in Model.model_fields if name != "on_mention"}) == Model()


@pytest.mark.parametrize(
    ("field", "null", "empty", "off"),
    [("off", None, Block(), None), ("on_mention", Block(), Block(), None), ("on", Block(), Block(), None)],
)
def test_optional_blocks(field, null, empty, off):
    assert getattr(read(**{field: None}), field) == null
    assert getattr(read(**{field: {}}), field) == empty
    assert getattr(read(**{field: {"enabled": False}}), field) == off
    assert getattr(read(**{field: {"enabled": True, "size": 9}}), field) == Block(size=9)


def test_enabled_that_the_block_has_itself_is_its_own():
    assert read(switched={"enabled": False}).switched == Switched(enabled=False)


def test_written_blocks_read_back_as_they_were():
    model = read(on={"enabled": False}, on_mention={"enabled": False}, wait="1m30s", ref="file_storage/x")
    assert Model.model_validate(model.model_dump(mode="json")) == model


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        ("text", ExpandedValue(83, "0123"), "0123"),
        ("text", ExpandedValue(None, ""), ""),
        ("number", ExpandedValue(83, "0123"), 83),
        ("number", ExpandedValue(None, ""), 0),
        ("flag", ExpandedValue(True, "true"), True),
        ("secret", ExpandedValue(12, "012"), "012"),
        ("wait", "2s", 2.0),
        ("wait", ExpandedValue(1_000_000_000, "1_000_000_000"), 1.0),
        ("names", ["x", ExpandedValue(1, "01")], ["x", "01"]),
        ("names", ExpandedValue([1], "[1]"), None),
        ("names", ExpandedValue(None, ""), ["a"]),
        ("names", "x,y", ["x", "y"]),
        ("names", "", []),
        ("pair", ["x", "y"], ("x", "y")),
        ("labels", {"a": ExpandedValue(True, "true")}, {"a": "true"}),
        ("counts", {"a": ExpandedValue(1, "1")}, {"a": 1}),
        ("either", "a,b", "a,b"),
        ("either", ["a"], ["a"]),
        ("either", ExpandedValue(5, "5"), "5"),
        ("colour", "red", Colour.RED),
        ("number", 2.0, 2),
        ("ratio", 1, 1.0),
        ("ref", " file_storage / x ", ComponentId("file_storage", "x")),
        ("blocks", [None, {"size": ExpandedValue(7, "7")}], [Block(), Block(size=7)]),
        ("block", ExpandedValue({"size": 8}, "size: 8"), Block(size=8)),
        ("anything", {"a": [ExpandedValue(1, "01")]}, {"a": [1]}),
    ],
)
def test_values_fit_their_fields(field, raw, value):
    if value is None:
        with pytest.raises(ValidationError):
            read(**{field: raw})
    else:
        assert getattr(read(**{field: raw}), field) == value


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("number", "1"),
        ("number", 1.5),
        ("number", True),
        ("text", 1),
        ("flag", "true"),
        ("flag", 1),
        ("names", [1]),
        ("block", []),
    ],
)
def test_nothing_else_is_converted(field, raw):
    with pytest.raises(ValidationError):
        read(**{field: raw})


def test_secrets_do_not_show():
    model = read(secret="hunter2")
    assert "hunter2" not in repr(model)
    assert model.model_dump(mode="json")["secret"] == "[REDACTED]"
    assert f"Bearer {model.secret}" == "Bearer hunter2"
