"""Configuration of the transform processor."""

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from otel_agent.config.featuregates import FLATTEN_LOGS, TRANSFORM_IGNORES, process_gates
from otel_agent.config.model import ConfigModel
from otel_agent.ottl.configuration import Context, Mode, checked_context, default_mode, gathered, refuse_profiles
from otel_agent.processors.transform import plan


class StatementGroup(ConfigModel):
    """Statements that run one after the other on each item."""

    context: Context = ""
    """Empty: the lowest one that the paths begin with."""
    conditions: list[str] = Field(default_factory=list)
    """The statements run on items for which one of these is true; on all without any."""
    statements: list[str] = Field(default_factory=list)
    error_mode: Mode | None = None
    shared_cache: bool = False
    """One cache for all items of the request instead of one for each."""

    @field_validator("context")
    @classmethod
    def check_context(cls, context: str) -> str:
        """Refuse what is no context."""
        return checked_context(context)


class TransformConfig(ConfigModel):
    """Groups run in their order, each over the whole request."""

    error_mode: Mode = Field(default_factory=lambda: default_mode(TRANSFORM_IGNORES))
    """What a statement that fails leads to."""
    trace_statements: list[StatementGroup] = Field(default_factory=list)
    metric_statements: list[StatementGroup] = Field(default_factory=list)
    log_statements: list[StatementGroup] = Field(default_factory=list)
    profile_statements: list[Any] = Field(default_factory=list)
    flatten_data: bool = False
    """Give each log record a resource and scope of its own, and join equal ones again when the statements are through."""

    @field_validator("trace_statements", "metric_statements", "log_statements", mode="before")
    @classmethod
    def gather_statements(cls, raw: Any) -> Any:
        """Make one group of statements that are not in one."""
        return gathered(raw, "statements")

    @field_validator("profile_statements")
    @classmethod
    def check_profile_statements(cls, raw: list[Any]) -> list[Any]:
        """Refuse statements for profiles."""
        return refuse_profiles(raw)

    @field_validator("flatten_data")
    @classmethod
    def check_gate(cls, flatten_data: bool) -> bool:
        """Refuse what has to be turned on elsewhere first."""
        if flatten_data and not process_gates().enabled(FLATTEN_LOGS):
            raise ValueError(f"flatten_data needs the feature gate {FLATTEN_LOGS}: start with --feature-gates={FLATTEN_LOGS}")
        return flatten_data

    @model_validator(mode="after")
    def check_statements(self) -> Self:
        """Compile all statements, to refuse what is wrong with them."""
        plan.check(self)
        return self
