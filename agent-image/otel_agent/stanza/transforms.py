"""Operators that rearrange the fields of an entry."""

import re

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.stanza.entry import NO_MAP, Entry, EntryError, copied
from otel_agent.stanza.expression.compiler import PatternCompiler, compile_template
from otel_agent.stanza.expression.lexer import ExpressionError, tokens
from otel_agent.stanza.fields import MISSING, Field
from otel_agent.stanza.nodes import Transform
from otel_agent.stanza.transform_config import (
    AddConfig,
    AssignKeysConfig,
    CopyConfig,
    FlattenConfig,
    MoveConfig,
    RegexReplaceConfig,
    RemoveConfig,
    RetainConfig,
    UnquoteConfig,
)

_ANSI = r"[\x{1B}\x{9B}][\[()#;?]*(?:[0-9]{1,4}(?:;[0-9]{0,4})*)?[0-9A-ORZcf-nqry=><]"
_REFERENCE = re.compile(r"\$(?:\$|\{(\w{1,100})\}|(\w{1,100}))", re.ASCII)


def add(config: AddConfig, patterns: PatternCompiler) -> Transform:
    """Set a field to a literal or to text with expressions in it."""
    field = config.field
    template = compile_template(config.value, patterns) if isinstance(config.value, str) else None
    if template is not None:
        return lambda entry: field.set(entry, template(entry))
    return lambda entry: field.set(entry, copied(config.value))


def move(config: MoveConfig) -> Transform:
    """Take a value from one field and put it into another."""
    source, target = config.source, config.to

    def transform(entry: Entry) -> None:
        value = source.delete(entry)
        if value is MISSING or (value is None and not source.keys):
            raise EntryError(f"move: field does not exist: {source}")
        target.set(entry, value)

    return transform


def copy(config: CopyConfig) -> Transform:
    """Put a copy of a field's value into another field."""
    source, target = config.source, config.to

    def transform(entry: Entry) -> None:
        value = source.get(entry)
        if value is MISSING:
            raise EntryError(f"copy: from field does not exist in this entry: {source}")
        target.set(entry, copied(value))

    return transform


def remove(config: RemoveConfig) -> Transform:
    """Remove a field."""
    field = config.field

    def transform(entry: Entry) -> None:
        if field.delete(entry) is MISSING:
            raise EntryError(f"remove: field does not exist: {field}")

    return transform


def retain(config: RetainConfig) -> Transform:
    """Keep only the named fields of every root that is named."""
    fields = config.fields
    roots = {field.root for field in fields}

    def transform(entry: Entry) -> None:
        found = [(field, value) for field in fields if (value := field.get(entry)) is not MISSING]
        if "attributes" in roots:
            entry.attributes = {}
        if "resource" in roots:
            entry.resource = NO_MAP
        if "body" in roots:
            entry.body = None
        for field, value in found:
            field.set(entry, value)

    return transform


def flatten(config: FlattenConfig) -> Transform:
    """Put the members of a map beside it, in its place."""
    field = config.field
    parent = field.keys[:-1]

    def transform(entry: Entry) -> None:
        value = field.get(entry)
        if value is MISSING:
            raise EntryError(f"apply flatten: field {field} does not exist on entry")
        if type(value) is not dict:
            raise EntryError(f"apply flatten: field {field} is not a map")
        field.delete(entry)
        for key, item in value.items():
            Field(field.root, (*parent, key)).set(entry, item)

    return transform


def unquote(config: UnquoteConfig) -> Transform:
    """Replace a quoted text by what it stands for."""
    field = config.field

    def transform(entry: Entry) -> None:
        value = field.require(entry)
        if type(value) is not str:
            raise EntryError(f"type {type(value).__name__} cannot be unquoted")
        field.set(entry, _unquoted(value))

    return transform


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == "`":
        return text[1:-1]
    try:
        found = tokens(text) if text[:1] in ('"', "'") else []
    except ExpressionError:
        found = []
    if len(found) != 2 or found[0].kind != "string" or (text[0] == "'" and len(str(found[0].value)) != 1):
        raise EntryError(f"{text[:100]!r} is not quoted")
    return str(found[0].value)


def regex_replace(config: RegexReplaceConfig) -> Transform:
    """Replace what an expression matches; `$1` and `${name}` stand for groups. ValueError for what is no expression."""
    field = config.field
    pattern = compile_pattern(config.regex or _ANSI)
    text = config.replace_with

    def expand(match: "re.Match[str]") -> str:
        return _REFERENCE.sub(lambda reference: _group(match, reference), text)

    replacement = expand if "$" in text else (lambda _: text)

    def transform(entry: Entry) -> None:
        value = field.require(entry)
        if type(value) is not str:
            raise EntryError(f"regex_replace: {field} is no text")
        field.set(entry, pattern.sub(replacement, value))

    return transform


def _group(match: "re.Match[str]", reference: "re.Match[str]") -> str:
    name = reference[1] or reference[2]
    if name is None:
        return "$"
    try:
        return match.group(int(name) if name.isdigit() else name) or ""
    except (IndexError, KeyError):
        return ""


def assign_keys(config: AssignKeysConfig) -> Transform:
    """Turn a list into a map with these keys."""
    field, keys = config.field, config.keys

    def transform(entry: Entry) -> None:
        value = field.require(entry)
        if type(value) is not list:
            raise EntryError(f"apply assign_keys: field {field} is no list")
        if len(value) != len(keys):
            raise EntryError(f"apply assign_keys: field {field} has {len(value)} values for {len(keys)} keys")
        field.delete(entry)
        field.set(entry, dict(zip(keys, value, strict=True)))

    return transform
