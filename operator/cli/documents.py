"""Reads the documents that a command is given: files, directories and standard input, YAML of several documents and JSON.

Values are read by the collector's own YAML reader, so that a command sees what the operator and the collector will see.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from otel_operator.api import yaml12
from otel_operator.cli.positions import Positions, Text
from otel_operator.cli.terminal import printable
from otel_operator.errors import OperatorError

STDIN = "-"
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_BYTES = 256 * 1024 * 1024
"""Of all files together."""
MAX_DOCUMENTS = 100_000
_SUFFIXES = (".yaml", ".yml", ".json")
_TEMPLATE = re.compile(r"\{\{-?")
_LINES_TEMPLATES_SPOIL = 2
"""How many lines before the place of a YAML error an unquoted `{{` can be that caused it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document, or one item of a list of Kubernetes objects."""

    source: str
    """The file as it was named, or found below the directory that was named; `-` for standard input."""
    line: int
    """Where its value begins, from 1."""
    value: Any
    """Maps, lists, text, numbers, booleans and null; read-only, since YAML's aliases make parts of it one object."""
    positions: Positions = field(repr=False, compare=False)


class Unreadable(OperatorError):
    """Input that cannot be read; the message is `path:line:column: problem`, or `path: problem` where there is no line."""

    def __init__(self, source: str, problem: str, line: int = 0, column: int = 0) -> None:
        super().__init__(printable(f"{source}:{line}:{column}: {problem}" if line else f"{source}: {problem}"))
        self.source = source
        self.problem = problem
        self.line = line
        """From 1; 0 where there is none, as of a file that is not there. So is `column`."""
        self.column = column


def read_documents(paths: Sequence[str], stdin: BinaryIO | None) -> list[Document]:
    """Return all documents in the order of `paths`, those of directories by path; empty documents are passed over.

    Directories are read with those below them, save hidden ones, symbolic links to directories, and what is no file, such as
    sockets. A file or `-` that is named twice is read once. `stdin` is None when standard input is closed.

    Raises:
        Unreadable: what cannot be read.

    """
    documents: list[Document] = []
    read: set[str] = set()
    size = 0
    for source in _sources(paths):
        identity = source if source == STDIN else os.path.realpath(source)
        if identity in read:
            continue
        read.add(identity)
        content = _content(source, stdin)
        size += len(content)
        if size > MAX_BYTES:
            raise Unreadable(source, f"more than {MAX_BYTES} bytes in all; name fewer files at a time")
        for document in _documents(source, _text(source, content)):
            if len(documents) == MAX_DOCUMENTS:
                raise Unreadable(source, f"more than {MAX_DOCUMENTS} documents in all; name fewer files at a time")
            documents.append(document)
    return documents


def _sources(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if path == STDIN or not os.path.isdir(path):
            yield path
            continue
        for folder, folders, names in os.walk(path, onerror=_unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            files = (os.path.join(folder, name) for name in sorted(names) if name.endswith(_SUFFIXES))
            yield from (file for file in files if os.path.isfile(file) or not os.path.exists(file))


def _unreadable(error: OSError) -> None:
    raise Unreadable(str(error.filename), str(error.strerror))


def _content(source: str, stdin: BinaryIO | None) -> bytes:
    try:
        if source == STDIN:
            if stdin is None:
                raise Unreadable(source, "standard input is closed")
            content = stdin.read(MAX_FILE_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Unreadable(source, str(error.strerror)) from error
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable(source, f"more than {MAX_FILE_BYTES} bytes; split the file")
    return content


def _text(source: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise Unreadable(source, "not UTF-8 text; save the file in that encoding", line, column) from None


def _documents(source: str, text: str) -> Iterator[Document]:
    whole = Text(text)
    try:
        for number, (line, value) in enumerate(yaml12.load_all(text)):
            if value is not None:
                yield from _unfolded(source, line, value, Positions(whole, number, line))
    except yaml12.YamlError as error:
        raise _unparsed(source, whole, error) from None


def _unfolded(source: str, line: int, value: Any, positions: Positions) -> Iterator[Document]:
    """Yield the items of a list of Kubernetes objects, which `kubectl get -o yaml` prints, or else the value itself."""
    if not (isinstance(value, dict) and str(value.get("kind", "")).endswith("List") and isinstance(value.get("items"), list)):
        yield Document(source, line, value, positions)
        return
    for index, item in enumerate(value["items"]):
        if item is not None:
            places = positions.below(("items", index))
            yield Document(source, places.at(())[0], item, places)


def _unparsed(source: str, text: Text, error: yaml12.YamlError) -> Unreadable:
    if not error.line:
        return Unreadable(source, str(error), 1, 1)
    problem = str(error).partition(": ")[2]
    near = text.lines[max(0, error.line - 1 - _LINES_TEMPLATES_SPOIL) : error.line]
    if any(_TEMPLATE.search(line) for line in near):
        problem += "; this looks like a template: render it first, e.g. helm template CHART | otel-operator validate -"
    return Unreadable(source, problem, error.line, error.column)
