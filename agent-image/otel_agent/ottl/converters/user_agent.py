"""UserAgent: browser and operating system of a User-Agent header, by the rules of the ua-parser project.

Its package is loaded at the first call (its rules take some MB), and its expressions run in RE2.
"""

from functools import lru_cache
from typing import Any

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import Value

_KEPT_RESULTS = 1024
_LONGEST = 4096
"""Characters of a header that the rules look at."""


@lru_cache(maxsize=1)
def _parser() -> Any:
    from ua_parser import Parser
    from ua_parser.loaders import load_builtins
    from ua_parser.re2 import Resolver

    return Parser(Resolver(load_builtins()))


@lru_cache(_KEPT_RESULTS)
def _parsed(text: str) -> tuple[str, str, str, str]:
    """Name and version of the agent, then of the operating system."""
    result = _parser().parse(text)
    agent, system = result.user_agent, result.os
    return (
        agent.family if agent else "Other",
        _version(agent.major, agent.minor, agent.patch) if agent else "",
        system.family if system else "Other",
        _version(system.major, system.minor, system.patch, system.patch_minor) if system else "",
    )


def _version(*parts: str | None) -> str:
    version: list[str] = []
    for part in parts:
        if not part:
            break
        version.append(part)
    return ".".join(version)


def user_agent(text: str) -> dict[str, Value]:
    """Return user_agent.name, .version and .original, and os.name and os.version where they are known."""
    name, version, system, system_version = _parsed(text[:_LONGEST])
    found: dict[str, Value] = {"user_agent.name": name, "user_agent.original": text, "user_agent.version": version}
    if system:
        found["os.name"] = system
    if system_version:
        found["os.version"] = system_version
    return found


FUNCTIONS: tuple[Function, ...] = (Function("UserAgent", (Parameter("user_agent", Kind.STRING),), user_agent),)
