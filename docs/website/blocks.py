"""Finds the blocks of code in pages: fenced ones by their language, indented ones as shell.

A block that cannot be checked has `<!-- not checked: why -->` on the line before it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^( *)(```+)([a-z]*)\s*$")
_MARKER = re.compile(r"^\s*<!-- not checked: (.+) -->$")


@dataclass(frozen=True, slots=True)
class Block:
    """One block; `reason` says why it is not checked, "" where it is."""

    page: Path
    line: int
    language: str
    text: str
    reason: str = ""

    @property
    def commands(self) -> list[str]:
        """Lines to type: without comments, continued lines joined; of `console`, those after `$`."""
        joined = self.text.replace("\\\n", " ").splitlines()
        if self.language == "console":
            joined = [line.removeprefix("$ ") for line in joined if line.startswith("$ ")]
        return [line.strip() for line in joined if line.strip() and not line.lstrip().startswith("#")]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in order."""
    lines, number, reason = page.read_text().splitlines(), 0, ""
    while number < len(lines):
        line = lines[number]
        if fence := _FENCE.match(line):
            end = next(i for i in range(number + 1, len(lines)) if lines[i].strip() == fence[2])
            text = "\n".join(one[len(fence[1]) :] for one in lines[number + 1 : end]) + "\n"
            yield Block(page, number + 1, fence[3], text, reason)
            number, reason = end + 1, ""
        elif line.startswith("    ") and (number == 0 or not lines[number - 1].strip() or reason):
            end = next((i for i in range(number, len(lines)) if lines[i] and not lines[i].startswith("    ")), len(lines))
            text = "\n".join(one[4:] for one in lines[number:end]).rstrip() + "\n"
            yield Block(page, number + 1, "console" if text.startswith("$ ") else "sh", text, reason)
            number, reason = end, ""
        else:
            marker = _MARKER.match(line)
            reason = marker[1] if marker else reason if not line.strip() else ""
            number += 1
