"""Relabelling rules."""

import re
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from otel_agent.config.model import ConfigModel

Action = Literal[
    "replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap", "labeldrop", "labelkeep", "lowercase", "uppercase"
]
_TARGETED = ("replace", "hashmod", "keepequal", "dropequal", "lowercase", "uppercase")
_DEFAULT_REGEX = "(.*)"
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)


class RelabelConfig(ConfigModel):
    """One rule; the whole of the joined source labels has to match `regex` (RE2)."""

    source_labels: list[str] = Field(default_factory=list)
    separator: str = ";"
    target_label: str = ""
    regex: str = _DEFAULT_REGEX
    modulus: int = Field(default=0, ge=0)
    replacement: str = "$1"
    action: Action = "replace"

    @field_validator("action", mode="before")
    @classmethod
    def ignore_case(cls, action: Any) -> Any:
        """Actions are recognised in any case."""
        return action.lower() if isinstance(action, str) else action

    @field_validator("regex", mode="before")
    @classmethod
    def accept_number(cls, regex: Any) -> Any:
        """Take digits only, which are a number to YAML."""
        return str(regex) if isinstance(regex, int) and not isinstance(regex, bool) else regex

    @field_validator("regex")
    @classmethod
    def check_regex(cls, regex: str) -> str:
        """Refuse what is no pattern, where the library is at hand: the operator may check configurations without it."""
        if regex == _DEFAULT_REGEX:
            return regex
        try:
            import re2
        except ImportError:
            return regex
        options = re2.Options()
        options.log_errors = False
        try:
            re2.compile(f"^(?s:{regex})$", options)
        except re2.error as error:
            reason = error.args[0]
            raise ValueError(f"not a pattern: {reason.decode() if isinstance(reason, bytes) else reason}") from error
        return regex

    @model_validator(mode="after")
    def check_relabelling(self) -> Self:
        """Demand what each action needs, and refuse what it must not have."""
        if self.action == "hashmod" and not self.modulus:
            raise ValueError("relabel configuration for hashmod requires non-zero modulus")
        if self.action in _TARGETED and not self.target_label:
            raise ValueError(f"relabel configuration for {self.action} action requires 'target_label' value")
        if self.action in ("lowercase", "uppercase", "keepequal", "dropequal") and self.replacement != "$1":
            raise ValueError(f"'replacement' can not be set for {self.action} action")
        if self.action == "hashmod" and not _LABEL_NAME.fullmatch(self.target_label):
            raise ValueError(f"\"{self.target_label}\" is invalid 'target_label' for hashmod action")
        if self.action in ("labeldrop", "labelkeep"):
            self._check_only_regex()
        if self.action in ("keepequal", "dropequal") and (self.regex != _DEFAULT_REGEX or self.modulus):
            raise ValueError(f"{self.action} action requires only 'source_labels' and 'target_label', and no other fields")
        return self

    def _check_only_regex(self) -> None:
        others = self.source_labels or self.target_label or self.modulus or self.separator != ";" or self.replacement != "$1"
        if others:
            raise ValueError(f"{self.action} action requires only 'regex', and no other fields")
