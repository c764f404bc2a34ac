"""Regular expressions of the RE2 dialect for the portable functions. The library is loaded when the first pattern is."""

from typing import Any


def compile_pattern(expression: str) -> Any:
    """Compile; the result has `search` and `groupindex` as those of `re`. ValueError with the reason for what is no pattern."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(f"pattern {expression!r}: {reason.decode() if isinstance(reason, bytes) else reason}") from error
