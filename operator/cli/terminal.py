"""Colours for people at a terminal. Pipes, files, `NO_COLOR` and installations without Rich get the text alone."""

import os
import sys
from collections.abc import Mapping

EXPLANATION = {
    r"\A.*": "bold",
    r"(?m)^(What|Whether) .*$": "bold",
    r"(?m)^  \+ ": "green",
    r"(?m)^  - ": "yellow",
    r"(?m)^  ! .*$": "red",
    r"(?m)^Nothing needs to be changed\.$": "green",
    r"(?m)^  \d+\. ": "bold",
}
FINDINGS = {r"(?m)^\S+?(?=: )": "bold", r"(?m)(?<=: )error(?=: )": "bold red", r"(?m)(?<=: )warning(?=: )": "yellow"}

_ANY_WIDTH = 80


def write(text: str, styles: Mapping[str, str]) -> None:
    """Write to standard output; on a terminal what matches a regular expression gets its Rich style. No line is folded."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):  # with which Rich still writes in bold
        try:
            from rich.console import Console
            from rich.text import Text
        except ImportError:
            pass
        else:
            shown = Text(text)
            for pattern, style in styles.items():
                shown.highlight_regex(pattern, style)
            # A width, which counts for nothing without folding, or else COLUMNS=0 leaves nothing of the text.
            Console(width=_ANY_WIDTH).print(shown, end="", soft_wrap=True)
            return
    sys.stdout.write(text)


def printable(text: str) -> str:
    """Keep what files say from moving the terminal's cursor or beginning a line of its own."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
