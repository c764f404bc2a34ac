"""Reads which Debian mirrors this machine uses, in both of apt's formats (sources.list(5)), for use with another suite."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


@dataclass(frozen=True, slots=True)
class Source:
    """One mirror and one suite of it; ``signed_by`` is a keyring's path or empty."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""


def parse_list(text: str) -> list[Source]:
    """Parse the one-line format; comments and source-package lines are left out."""
    sources = []
    for line in text.splitlines():
        if found := _ONE_LINE.match(line.partition("#")[0].strip()):
            options = dict(part.split("=", 1) for part in (found["options"] or "").split() if "=" in part)
            components = tuple(found["components"].split())
            sources.append(Source(found["uri"], found["suite"], components, options.get("signed-by", "")))
    return sources


def parse_deb822(text: str) -> list[Source]:
    """Parse the paragraph format; disabled paragraphs, source packages and keys written in place are left out."""
    sources = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
        fields = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines if line[:1].strip())}
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                components = tuple(fields.get("components", "main").split())
                sources.append(Source(uri, suite, components, fields.get("signed-by", "")))
    return sources


def for_suite(sources: list[Source], suite: str) -> list[str]:
    """Return one-line entries for ``suite`` from the mirrors of the Debian archive and of its security updates.

    A mirror counts as Debian's when its address ends in ``/debian`` or ``/debian-security``, as the mirror network asks for.
    No such mirror: an empty list, and the caller's tool uses its own default.
    """
    lines = []
    for source in sources:
        kind = source.uri.rstrip("/").rpartition("/")[2]
        wanted = {"debian": suite, "debian-security": f"{suite}-security"}.get(kind)
        if wanted:
            signed = f"[signed-by={source.signed_by}] " if source.signed_by.startswith("/") else ""
            lines.append(f"deb {signed}{source.uri} {wanted} main")
    return list(dict.fromkeys(lines))


def mirror_lines(suite: str, apt: Path = APT) -> list[str]:
    """Return ``for_suite`` of everything configured on this machine."""
    sources: list[Source] = []
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]:
        if path.exists():
            sources += parse_list(path.read_text())
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        sources += parse_deb822(path.read_text())
    return for_suite(sources, suite)
