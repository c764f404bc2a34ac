"""A container's environment while it is being completed. The list given and its variables are never changed."""

import re
from collections.abc import Iterable

from otel_operator.inject.instrumentation.env_source import is_acceptable_source
from otel_operator.json_types import JsonObject

_NAME = re.compile(r"[ -<>-~]+")


class EnvList:
    """A list of EnvVar in which order matters: `$(NAME)` is expanded only from variables that come before.

    A name counts as present whatever its value is, an empty one or one from elsewhere (`valueFrom`) included.
    """

    def __init__(self, given: Iterable[JsonObject] = ()) -> None:
        self._variables = list(given)
        self._names = {variable["name"] for variable in self._variables}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def as_list(self) -> list[JsonObject]:
        """Return the variables, a list of the caller's own."""
        return list(self._variables)

    def find(self, name: str) -> JsonObject | None:
        """Return the variable, the last of several of the name, which is the one that a container gets."""
        index = self._index(name)
        return None if index is None else self._variables[index]

    def is_from_elsewhere(self, name: str) -> bool:
        """Tell whether the variable is there by `valueFrom`, so that its text is not known here."""
        return is_from_elsewhere(self.find(name))

    def text(self, name: str) -> str:
        """Return the literal value, "" for none."""
        variable = self.find(name)
        return "" if variable is None or is_from_elsewhere(variable) else variable.get("value") or ""

    def add(self, *variables: JsonObject) -> None:
        """Append those whose name is absent."""
        for variable in variables:
            if variable["name"] not in self._names:
                self._names.add(variable["name"])
                self._variables.append(variable)

    def add_text(self, name: str, text: str) -> None:
        """Append a literal variable if its name is absent."""
        self.add({"name": name, "value": text})

    def prepend(self, variable: JsonObject) -> None:
        """Put the variable first if its name is absent."""
        if variable["name"] not in self._names:
            self._names.add(variable["name"])
            self._variables.insert(0, variable)

    def extend_text(self, name: str, addition: str, separator: str = "") -> bool:
        """Append `addition` to the text of a variable, in its place; add the variable if absent.

        False, and nothing done, where the variable is from elsewhere.
        """
        variable = self.find(name)
        if variable is None:
            self.add_text(name, addition)
            return True
        return self.replace_text(name, f"{self.text(name)}{separator}{addition}")

    def replace_text(self, name: str, text: str) -> bool:
        """Give a variable that is present another text; False, and nothing done, where it is from elsewhere or absent."""
        index = self._index(name)
        if index is None or is_from_elsewhere(self._variables[index]):
            return False
        self._variables[index] = {**self._variables[index], "value": text}
        return True

    def move_to_end(self, name: str) -> None:
        """Move a variable behind all that its text may refer to."""
        index = self._index(name)
        if index is not None:
            self._variables.append(self._variables.pop(index))

    def _index(self, name: str) -> int | None:
        if name not in self._names:
            return None
        return next(index for index in reversed(range(len(self._variables))) if self._variables[index]["name"] == name)


def is_from_elsewhere(variable: JsonObject | None) -> bool:
    """Tell whether a variable takes its value from a field, Secret or ConfigMap."""
    return variable is not None and variable.get("valueFrom") is not None


def variables_of(given: object) -> list[JsonObject]:
    """Return the variables of a list in an Instrumentation; those that the API server would refuse are passed over."""
    return [entry for entry in _entries(given) if _is_acceptable(entry)]


def unacceptable(given: object) -> list[str]:
    """Return the names of variables in an Instrumentation that the API server would refuse in a pod."""
    return [str(entry.get("name") or "") for entry in _entries(given) if not _is_acceptable(entry)]


def _entries(given: object) -> list[JsonObject]:
    return [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []


def _is_acceptable(variable: JsonObject) -> bool:
    """Tell what validation of core/v1 tells: printable ASCII without `=` for a name, a text or one source for a value."""
    name, value, source = (variable.get(field) for field in ("name", "value", "valueFrom"))
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(value, str | None):
        return False
    if source is None:
        return True
    return not value and is_acceptable_source(source)
