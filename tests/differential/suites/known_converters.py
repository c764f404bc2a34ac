"""Differences of converters that `otel_agent/ottl/README.md` lists, with their reasons."""

from __future__ import annotations

import re

from tests.differential.comparing import Difference


def known(template: str, difference: Difference) -> str | None:
    """Return the reason of a listed difference."""
    sent = difference.sent.item["attributes"] if difference.sent is not None else {}
    text = sent.get("a0", {}).get("string", "") if isinstance(sent.get("a0"), dict) else ""
    if template.startswith("Log("):
        return "Log: Go's last digit is another, and of subnormal numbers more"
    if template == "Double($0)" and ("_" in text or "0x" in text.lower()):
        return "Double: Go takes underscores between digits, and hexadecimal floats"
    if template.startswith('GetXML($0, "//') and max(text.count("<b"), text.count("<c")) > 1:
        return "GetXML: Go has selected elements out of order, and leaves those around others without what follows"
    if '"UTC", "' in template and difference.go is not None and "out" not in difference.go.item["attributes"]:
        return "Time: of a locale, ours takes the names that stand alone too"
    if '"/a/*"' in template and "<?" in text:
        return "XPath: for Go * selects processing instructions too"
    lost = difference.ours is not None and "out" not in difference.ours.item["attributes"]
    if template == "ParseJSON($0)" and lost and re.search(r"-(\.|0\d)", text):
        return "ParseJSON: Go takes numbers that begin with -. or -0"
    if "XML(" in template and lost and re.search(r"xmlns:(\d|=)", text):
        return "XML: Go takes prefixes that are no names"
    return None
