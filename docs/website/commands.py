"""Judges a command line of the documentation by the programs' own parsers, without running it."""

import argparse
import contextlib
import io
import re
import shlex
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from docs.website.reference.parsers import operator_parsers
from otel_agent.cli.arguments import parse_arguments

_KUBECTL = frozenset(
    {"annotate", "apply", "create", "delete", "describe", "diff", "edit", "explain", "get", "kustomize", "label", "logs"}
    | {"patch", "port-forward", "replace", "rollout", "run", "scale", "set", "top", "version", "wait"}
)
_SUBCOMMANDS = {
    "cosign": {"verify", "verify-attestation"},
    "docker": {"build", "compose", "load", "push", "save", "tag"},
    "git": {"clone", "diff", "show"},
    "helm": {"get", "install", "list", "rollback", "template", "test", "uninstall", "upgrade"},
    "kind": {"create", "delete", "load"},
    "kustomize": {"build"},
    "flux": {"get", "reconcile"},
    "argocd": {"app"},
}
"""Programs of others, and what of them the pages may use."""
_ENVIRONMENT = re.compile(r"^[A-Z_]+=")


def mistakes(line: str, root: Path) -> list[str]:
    """Return what is wrong with a line; `root` is the repository, from which relative paths are read."""
    found: list[str] = []
    words: list[str] = []
    for word in [*shlex.split(line, comments=True), "&&"]:
        if word not in ("&&", "|", ";"):
            words.append(word)
            continue
        while words and _ENVIRONMENT.match(words[0]):
            words.pop(0)
        if words:
            found += _of_command(words, root)
        words = []
    return found


def _of_command(words: Sequence[str], root: Path) -> list[str]:
    program, arguments = words[0].rpartition("/")[2], [word for word in words[1:] if not word.startswith(("<", ">"))]
    if program == "kubectl" and arguments[:1] == ["otel"]:
        program, arguments = "kubectl-otel", arguments[1:]
    if program in ("otel-operator", "kubectl-otel"):
        return _operator(arguments)
    if program == "otelcol":
        return _parsed(lambda: parse_arguments(arguments))
    if program == "make":
        return _make(arguments, root)
    if program == "kubectl":
        return _kubectl(arguments, root)
    if program in ("python", "python3", "pytest", "pip"):
        return _python(program, arguments, root)
    if program in _SUBCOMMANDS:
        known = arguments and arguments[0] in _SUBCOMMANDS[program]
        return [] if known else [f"{program}: unknown subcommand {arguments[:1]}"]
    return [] if program in ("cd", "curl", "export", "grep", "sed", "sleep") else [f"unknown program {words[0]!r}"]


def _operator(arguments: Sequence[str]) -> list[str]:
    parsers = operator_parsers()
    if not arguments or arguments[0] not in parsers:
        return [] if list(arguments) in (["--version"], ["--help"]) else [f"otel-operator: unknown subcommand {arguments[:1]}"]
    return _parsed(lambda: parsers[arguments[0]].parse_args(arguments[1:]))


def _parsed(parse: Callable[[], argparse.Namespace]) -> list[str]:
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            parse()
    except SystemExit as end:  # 0: --help
        return [said.getvalue().strip()] if end.code else []
    return []


def _make(arguments: Sequence[str], root: Path) -> list[str]:
    targets = set(re.findall(r"^([a-z0-9-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = [word for word in arguments if "=" not in word and not word.startswith("-")]
    return [f"make: no target {word!r}" for word in named if word not in targets]


def _kubectl(arguments: Sequence[str], root: Path) -> list[str]:
    found = []
    verbs = [word for number, word in enumerate(arguments) if not word.startswith("-") and _positional(arguments, number)]
    if not verbs or verbs[0] not in _KUBECTL:
        found.append(f"kubectl: unknown verb {verbs[:1]}")
    for flag, value in pairwise(arguments):
        if flag in ("-f", "-k", "--filename") and value != "-" and "://" not in value and not (root / value).exists():
            found.append(f"kubectl: there is no file {value}")
    return found


def _positional(arguments: Sequence[str], number: int) -> bool:
    """Say whether a word is no value of the flag before it."""
    return number == 0 or arguments[number - 1] not in ("-n", "--namespace", "--context", "--kubeconfig", "-f", "-k", "-l", "-o")


def _python(program: str, arguments: Sequence[str], root: Path) -> list[str]:
    if program.startswith("python") and arguments[:1] == ["-m"]:
        return [] if find_spec(arguments[1]) else [f"python: no module {arguments[1]}"]
    paths = [word for word in arguments if "/" in word and not word.startswith("-")]
    return [f"{program}: there is no {path}" for path in paths if not (root / path).exists()]
