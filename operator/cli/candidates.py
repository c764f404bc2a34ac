"""Answers a shell that asks what may come next on the command line."""

import argparse
import os
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import NoReturn

import argcomplete
from argcomplete.completers import BaseCompleter, FilesCompleter

_PATHS = frozenset({"PATH", "FILE", "DIR", "kubeconfig", "config_file"})
"""Metavariables and destinations of arguments that are paths; those of type Path are too."""
_ENVIRONMENT = {
    "_ARGCOMPLETE": "1",
    "_ARGCOMPLETE_SHELL": "fish",  # candidates as they are: kubectl's own script quotes them
    "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
    "_ARGCOMPLETE_IFS": "\n",
    "_ARGCOMPLETE_DFS": "\t",
}
"""argcomplete's own protocol, in the dialect that comes nearest to kubectl's."""


class _PathsOnly(BaseCompleter):
    """Names of files for arguments that are paths; nothing for those of which only a cluster or the user knows the values."""

    _files = FilesCompleter()

    def __call__(
        self, *, prefix: str, action: argparse.Action, parser: argparse.ArgumentParser, parsed_args: argparse.Namespace
    ) -> Iterable[str]:
        named = {action.metavar, action.dest} & _PATHS
        return self._files(prefix) if named or action.type is Path else ()


def words_before_cursor(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the words behind the command's name that a shell gives; good enough to find the subcommand among them."""
    return environ["COMP_LINE"][: int(environ["COMP_POINT"])].split()[1:]


def answer(parser: argparse.ArgumentParser) -> NoReturn:
    """Write the candidates to where the shell reads them, and end."""
    argcomplete.autocomplete(parser, always_complete_options=False, default_completer=_PathsOnly())
    raise SystemExit(1)  # not reached: argcomplete ends the process


def candidates(parser: argparse.ArgumentParser, line: str) -> list[str]:
    """Return what may stand in the place of the last word of `line`, each with what it says behind a tab."""
    found = StringIO()
    os.environ.update(_ENVIRONMENT | {"COMP_LINE": line, "COMP_POINT": str(len(line))})
    argcomplete.autocomplete(
        parser,
        always_complete_options=False,
        default_completer=_PathsOnly(),
        exit_method=lambda _: None,
        output_stream=found,
    )
    return sorted(candidate.rstrip("\t") for candidate in found.getvalue().splitlines())
