"""The standard streams of a command, which may be closed when it starts, or lose their reader while it runs."""

import os
import sys
from io import TextIOWrapper
from typing import BinaryIO


def prepare_outputs() -> None:
    """Write UTF-8 whatever the locale is, as kubectl does, and let what is written to closed outputs vanish.

    Python has None in the place of a closed one, and its `print` writes to standard output what is meant for standard error:
    messages among the objects.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open until the process ends)


def standard_input() -> BinaryIO | None:
    """Return standard input, None when it is closed."""
    return sys.stdin.buffer if sys.stdin is not None else None


def drop_what_cannot_be_written() -> None:
    """Take away what standard output still holds and nobody takes: it would fail again, with a traceback, at the end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
