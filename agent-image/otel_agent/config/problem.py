"""What is wrong with a configuration, and where."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake; printed as `receivers::otlp::protocols::grpc: message`."""

    path: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{'::'.join(self.path)}: {self.message}" if self.path else self.message


class ConfigError(Exception):
    """The configuration cannot be used; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def config_error(message: str, path: tuple[str, ...] = ()) -> ConfigError:
    """Build the error for a single problem."""
    return ConfigError([Problem(path, message)])
