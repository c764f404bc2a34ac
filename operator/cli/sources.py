"""Where an option's value comes from: flag, else environment, else configuration file, else default.

The names and their precedence are the Go operator's, so that its Deployment's arguments and environment keep working.
"""

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from otel_operator.errors import ConfigError

_TRUE = frozenset({"1", "t", "true", "yes", "on"})
_FALSE = frozenset({"0", "f", "false", "no", "off", ""})


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--name`, environment variable (none if empty) and key `name` in the file."""

    name: str
    environment: str
    default: Any
    parse: Callable[[str], Any]
    help: str
    repeatable: bool = False
    other_keys: tuple[str, ...] = ()
    """Further names in the file: the Go operator's, where they are not those of its flags."""
    file_only: bool = False
    """Whether it has no flag; its value is then taken from the file as it is."""


def boolean(text: str) -> bool:
    """Read a boolean as Go does, and a few more spellings. Raises ValueError."""
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError(f"{text!r} is not a boolean")


def boolean_or_auto(text: str) -> bool | None:
    """Read a boolean, or None for `auto`. Raises ValueError."""
    return None if text.strip().lower() == "auto" else boolean(text)


def proxy_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the proxy variables of our own environment that are set, under their upper-case names."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    proxy = {name: environ.get(name) or environ.get(name.lower(), "") for name in names}
    return {name: value for name, value in proxy.items() if value}


def port(text: str) -> int:
    """Read the number of a TCP port. Raises ValueError."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError(f"{number} is not a port between 1 and 65535")
    return number


def comma_list(text: str) -> tuple[str, ...]:
    """Split at commas, leaving out empty parts."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Add the flags. They have no argparse default, so that an absent one leaves the word to the other sources."""
    parser.add_argument("--config-file", help="YAML file with options by their flag's name")
    for option in options:
        if option.file_only:
            continue
        source = f"; ${option.environment}" if option.environment else ""
        text = f"{option.help} (default {option.default!r}{source})".replace("%", "%%")
        arguments: dict[str, Any] = {"dest": option.name, "type": option.parse, "help": text}
        if option.repeatable:
            arguments["action"] = "append"
        if option.parse is boolean:
            arguments |= {"nargs": "?", "const": True, "metavar": "true|false"}
        parser.add_argument(f"--{option.name}", **arguments)


def resolve(args: argparse.Namespace, options: Iterable[Option], environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return every option's value by name. Raises ConfigError naming the source that cannot be read."""
    from_file = _read(args.config_file)
    values = {}
    for option in options:
        given = getattr(args, option.name, None)
        text = environ.get(option.environment, "") if option.environment else ""
        if given is not None:
            values[option.name] = _joined(given) if option.repeatable else given
        elif text:
            values[option.name] = _parsed(option, text, f"${option.environment}")
        elif key := next((key for key in file_keys(option) if key in from_file), None):
            found = from_file[key]
            values[option.name] = found if option.file_only else _parsed(option, found, f"{args.config_file}: {key}")
        else:
            values[option.name] = option.default
    return values


def file_keys(option: Option) -> tuple[str, ...]:
    """Return the names of an option in the configuration file, that of the flag first."""
    return (option.name, *option.other_keys)


def given_keys(args: argparse.Namespace) -> list[str]:
    """Return the keys of the configuration file, none without one. Raises ConfigError as `resolve` does."""
    return [str(key) for key in _read(args.config_file)]


def _joined(given: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(part for parts in given for part in parts)


def _parsed(option: Option, value: Any, source: str) -> Any:
    if isinstance(value, list):
        value = ",".join(map(str, value))
    try:
        return option.parse(str(value))
    except ValueError as error:
        if option.parse is boolean:
            return False  # as the Go operator reads it
        raise ConfigError(f"{source}: {error}") from error


def _read(path: str | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"--config-file {path}: {error}") from error
    if not isinstance(content, dict | None):
        raise ConfigError(f"--config-file {path}: must be a mapping of options")
    return content or {}
