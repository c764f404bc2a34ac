"""Actions on attributes, as the processors attributes and resource take them (collector specification 4.3)."""

import re
from typing import Any, Literal, Self

from pydantic import field_validator, model_validator

from otel_agent.config.model import ConfigModel

ActionName = Literal["insert", "update", "upsert", "delete", "hash", "extract", "convert"]

_SETS = ("insert", "update", "upsert")
_ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(_SETS, frozenset({"value", "from_attribute", "from_context", "default_value"})),
    "delete": frozenset({"pattern"}),
    "hash": frozenset({"pattern"}),
    "extract": frozenset({"pattern"}),
    "convert": frozenset({"converted_type"}),
}
_GROUP = re.compile(
    r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|(?P<group>\((?!\?)|\(\?P?<(?P<name>\w+)>)", re.DOTALL
)
"""Finds the groups of a pattern and steps over what only looks like one."""


class AttributeAction(ConfigModel):
    """One action. Which other keys it needs or allows depends on `action`."""

    action: ActionName
    key: str = ""
    """The attribute; may be left out for delete and hash with a pattern."""
    value: Any = None
    """What to set; the type is that of the YAML value."""
    default_value: Any = None
    """What to set where from_attribute or from_context finds nothing."""
    from_attribute: str = ""
    """Attribute of the same message whose value is taken; the action does nothing where it is absent."""
    from_context: str = ""
    """`metadata.<key>`, `auth.<attribute>` or `client.address` of the sender; several values are joined by ";"."""
    pattern: str = ""
    """RE2: for delete and hash searched in keys, for extract in the text of the attribute."""
    converted_type: Literal["", "int", "double", "string"] = ""

    @field_validator("action", mode="before")
    @classmethod
    def any_case(cls, action: Any) -> Any:
        """Take the name of an action in upper case too."""
        return action.lower() if isinstance(action, str) else action

    @model_validator(mode="after")
    def check_action(self) -> Self:
        """Refuse what the action needs and does not have, and what it has no use for."""
        if not self.key and not (self.action in ("delete", "hash") and self.pattern):
            needed = '"key" or "pattern"' if self.action in ("delete", "hash") else '"key"'
            raise ValueError(f"the action {self.action} needs {needed}")
        for name in ("value", "default_value", "from_attribute", "from_context", "pattern", "converted_type"):
            if getattr(self, name) not in (None, "") and name not in _ALLOWED[self.action]:
                raise ValueError(f'the action {self.action} of "{self.key or self.pattern}" does not use "{name}": remove it')
        if self.action in _SETS:
            self._check_source()
        if self.action == "convert" and not self.converted_type:
            raise ValueError(f'the action convert of "{self.key}" needs "converted_type": int, double or string')
        if self.action == "extract":
            self._check_groups()
        return self

    def _check_source(self) -> None:
        sources = [self.value is not None, bool(self.from_attribute), bool(self.from_context)]
        if sum(sources) > 1:
            raise ValueError(f'the action {self.action} of "{self.key}" takes one of "value", "from_attribute", "from_context"')
        if not any(sources) and self.default_value is None:
            names = '"value", "from_attribute", "from_context" or "default_value"'
            raise ValueError(f'the action {self.action} of "{self.key}" needs {names}')

    def _check_groups(self) -> None:
        groups = [found for found in _GROUP.finditer(self.pattern) if found["group"]]
        if not groups:
            raise ValueError(f'the pattern of "{self.key}" has no named group; write (?P<attribute>...)')
        if any(found["name"] is None for found in groups):
            raise ValueError(f'the pattern of "{self.key}" has a group without a name; write (?:...) or (?P<attribute>...)')
