"""Kubernetes objects as text for kubectl, in one stream or a file each."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from otel_operator.api.yaml12 import dump
from otel_operator.errors import OperatorError
from otel_operator.json_types import JsonObject

FORMS = ("yaml", "json")
_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]")


class Identity(NamedTuple):
    """What tells an object from others in a cluster."""

    group: str
    kind: str
    namespace: str
    """Empty where none is given."""
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def identity(obj: JsonObject) -> Identity | None:
    """Return the identity of an object; None for what is no object of a cluster, such as a kustomization."""
    metadata = obj.get("metadata")
    version, kind = obj.get("apiVersion"), obj.get("kind")
    if not isinstance(metadata, dict) or not isinstance(version, str) or not isinstance(kind, str):
        return None
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        return None
    return Identity(version.rpartition("/")[0], kind, str(metadata.get("namespace") or ""), name)


def stream_of(objects: Sequence[JsonObject], form: str) -> str:
    """Return the objects as YAML documents, or as JSON: a List, as kubectl prints and reads it.

    OperatorError for numbers that JSON does not have.
    """
    if form == "json":
        return _json({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    return "---\n".join(dump(obj) for obj in objects)


def files_of(objects: Sequence[JsonObject], form: str) -> dict[str, str]:
    """Return the text of each object, by file name.

    OperatorError for objects that would be in the same file, and for numbers that JSON does not have.
    """
    files: dict[str, str] = {}
    for obj in objects:
        name = f"{_file_name(obj)}.{form}"
        if name in files:
            raise OperatorError(f"two objects would be written to {name}; write to standard output, or fewer objects at a time")
        files[name] = _json(obj) if form == "json" else dump(obj)
    return files


def write_files(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files into the directory, which is made where it is missing, and nowhere else. OperatorError when that fails."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = directory / name
            if path.is_symlink():
                raise OperatorError(f"{path}: is a symbolic link, which may lead out of the directory; remove it")
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{error.filename or directory}: {error.strerror}") from error


def _file_name(obj: JsonObject) -> str:
    key = identity(obj)
    parts = (key.kind.lower(), key.namespace, key.name) if key else ()
    return _NOT_IN_FILE_NAMES.sub("_", "-".join(part for part in parts if part))


def _json(value: JsonObject) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except ValueError as error:
        for item in value.get("items") or ():
            _json(item)  # whose error names the object
        raise OperatorError(f"{identity(value)}: has .nan or .inf, which JSON has not; write another number") from error
