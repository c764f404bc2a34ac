"""Configuration of the python processor."""

import ast
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration


class PythonConfig(ConfigModel):
    """Where the code is, what it is given, and what happens when it fails."""

    file: str = ""
    """Path of the code; read again when it changes."""
    code: str = ""
    """The code itself, instead of a file."""
    function: str = "process"
    """Called with each batch."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """`batch.settings` in the code."""
    error_mode: Literal["ignore", "drop", "propagate"] = "ignore"
    """What becomes of a batch on which the code fails: it goes on unchanged, is dropped, or is refused for good."""
    timeout: Duration = 5.0
    """Seconds for one batch, 0 is no limit; a process that takes longer is killed and started again."""
    memory_limit_mib: int = Field(default=512, ge=0)
    """Data that the code's process may have, in MiB; 0 is no limit."""

    @model_validator(mode="after")
    def check_source(self) -> Self:
        """Demand one source, valid Python in it, and a name as the function."""
        if bool(self.file) == bool(self.code):
            raise ValueError("exactly one of 'file' and 'code' is needed")
        if not self.function.isidentifier():
            raise ValueError(f"'function' must be the name of a function, not {self.function!r}")
        if self.timeout < 0:
            raise ValueError("'timeout' must not be negative")
        if 0 < self.memory_limit_mib < 64:
            raise ValueError("'memory_limit_mib' must be 64 or more: the interpreter itself needs some 30")
        if self.code:
            self._check_code()
        return self

    def _check_code(self) -> None:
        try:
            tree = ast.parse(self.code)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            where = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error) or type(error).__name__
            raise ValueError(f"'code' is no Python: {where}") from error
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assigned = any(isinstance(node, ast.Assign | ast.ImportFrom | ast.If | ast.Try) for node in tree.body)
        if self.function not in names and not assigned:  # these may define it, too
            raise ValueError(f"'code' has no function {self.function}(batch)")
