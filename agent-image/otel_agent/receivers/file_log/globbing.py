"""Finds files by globs: `*`, `?`, `[…]`, `{a,b}` and `**` for any number of folders."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_MAX_ALTERNATIVES = 1_000
_MAX_DEPTH = 64
MAX_FILES = 100_000
"""Most paths that the globs of one receiver may find."""
_SETTLED_NANOSECONDS = 2_000_000_000
_MAGIC = re.compile(r"[*?\[\\]")


class GlobError(ValueError):
    """A pattern that is none."""


def alternatives(pattern: str) -> list[str]:
    """Write out `{a,b}`; GlobError for a brace without an end and for too many alternatives."""
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        text = waiting.pop()
        start = text.find("{")
        if start < 0:
            done.append(text)
        else:
            end, choices = _choices(text, start)
            waiting += [text[:start] + choice + text[end:] for choice in reversed(choices)]
        if len(done) + len(waiting) > _MAX_ALTERNATIVES:
            raise GlobError(f"{pattern!r} has more than {_MAX_ALTERNATIVES} alternatives")
    return done


def _choices(text: str, start: int) -> tuple[int, list[str]]:
    depth, begin, choices = 0, start + 1, []
    for index in range(start, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if (text[index] == "," and depth == 1) or depth == 0:
            choices.append(text[begin:index])
            begin = index + 1
        if depth == 0:
            return begin, choices
    raise GlobError(f"{text!r}: a brace without an end")


def name_pattern(glob: str) -> re.Pattern[str]:
    """Return an expression for one name (no slash) of a glob."""
    parts: list[str] = []
    index = 0
    while index < len(glob):
        character = glob[index]
        index += 1
        if character == "*":
            parts.append("[^/]*")
        elif character == "?":
            parts.append("[^/]")
        elif character == "\\" and index < len(glob):
            parts.append(re.escape(glob[index]))
            index += 1
        elif character == "[":
            end = glob.find("]", index + 1)
            if end < 0:
                raise GlobError(f"{glob!r}: [ without ]")
            inner = glob[index:end]
            negated = inner[:1] in ("!", "^")
            content = re.sub(r"([\\\[&~|])", r"\\\1", inner[negated:])
            parts.append(f"[{'^' if negated else ''}{content}]")
            index = end + 1
        else:
            parts.append(re.escape(character))
    # Repeated stars would make matching slow and mean the same.
    text = re.sub(r"(?:\[\^/\]\*){2,}", "[^/]*", "".join(parts))
    try:
        return re.compile(text, re.DOTALL)
    except re.error as error:
        raise GlobError(f"{glob!r}: {error}") from error


def path_pattern(glob: str) -> re.Pattern[str]:
    """Return an expression for whole paths."""
    pieces = []
    for segment in os.path.normpath(glob).split("/") if glob != "/" else [""]:
        pieces.append("(?:[^/]+/)*" if segment == "**" else name_pattern(segment).pattern + "/")
    text = "".join(pieces)
    return re.compile(text.removesuffix("/") if not text.endswith("(?:[^/]+/)*") else text + "[^/]+", re.DOTALL)


@dataclass(slots=True)
class _Listing:
    """Names in a folder, and when it had changed last."""

    changed: int
    files: list[str]
    folders: list[str]
    settled: bool = field(default=False)


class Globber:
    """Finds the paths of patterns. Folders that have not changed are not read again, so that polling is cheap."""

    def __init__(self, include: list[str], exclude: list[str]) -> None:
        self._includes = [_segments(one) for pattern in include for one in alternatives(pattern)]
        self._excludes = [path_pattern(one) for pattern in exclude for one in alternatives(pattern)]
        self._listings: dict[str, _Listing] = {}
        self._used: set[str] = set()
        self.overflow = False
        """Whether the last `find` found more than MAX_FILES."""
        self.errors: dict[str, OSError] = {}
        """Folders that could not be read in the last `find`."""
        self._bases = {_base(*one) for one in self._includes} - {""}

    def find(self, now: int) -> list[str]:
        """Return paths in the order of the patterns, each once; `now` in nanoseconds since 1970."""
        found: dict[str, None] = {}
        self._used = set()
        self.errors = {}
        self.overflow = False
        for base, segments in self._includes:
            for path in self._walk(base, segments, now, 0):
                if len(found) >= MAX_FILES:
                    self.overflow = True
                    break
                if not any(pattern.fullmatch(path) for pattern in self._excludes):
                    found[path] = None
        for folder in self._listings.keys() - self._used:
            del self._listings[folder]
        return list(found)

    def missing_bases(self) -> set[str]:
        """Return the folders that patterns begin in, without the part that is a pattern, and that are not there now."""
        return {folder for folder in self._bases if not os.path.isdir(folder)}

    def _walk(self, folder: str, segments: tuple["Segment", ...], now: int, depth: int) -> Iterator[str]:
        if not segments:
            yield folder
            return
        segment, rest = segments[0], segments[1:]
        if segment.literal is not None:
            path = os.path.join(folder, segment.literal)
            if rest:
                yield from self._walk(path, rest, now, depth + 1)
            elif os.path.lexists(path):
                yield path
            return
        if depth > _MAX_DEPTH:
            return
        listing = self._list(folder, now)
        if segment.any_depth:
            yield from self._walk(folder, rest or (_ANY_NAME,), now, depth + 1)
            for name in listing.folders:
                yield from self._walk(os.path.join(folder, name), segments, now, depth + 1)
            return
        assert segment.pattern is not None
        match = segment.pattern.fullmatch
        for name in listing.folders if rest else listing.files:
            if match(name):
                path = os.path.join(folder, name)
                if rest:
                    yield from self._walk(path, rest, now, depth + 1)
                else:
                    yield path

    def _list(self, folder: str, now: int) -> _Listing:
        self._used.add(folder)
        known = self._listings.get(folder)
        try:
            changed = os.stat(folder or ".").st_mtime_ns
            # A change within the clock's grain of the last reading would go unseen, so a folder has to have been at rest.
            if known is not None and known.settled and known.changed == changed:
                return known
            files, folders = _read(folder or ".")
        except OSError as error:
            if not isinstance(error, FileNotFoundError | NotADirectoryError):
                self.errors[folder] = error
            return _Listing(0, [], [])
        listing = _Listing(changed, files, folders, settled=now - changed > _SETTLED_NANOSECONDS)
        self._listings[folder] = listing
        return listing


def _read(folder: str) -> tuple[list[str], list[str]]:
    files: list[str] = []
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                is_folder = entry.is_dir()
            except OSError:
                is_folder = False
            (folders if is_folder else files).append(entry.name)
    return sorted(files), sorted(folders)


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of a pattern: a literal name, names that fit a pattern, or any number of folders."""

    literal: str | None = None
    pattern: re.Pattern[str] | None = None
    any_depth: bool = False


_ANY_NAME = Segment(pattern=re.compile("[^/]*"))


def _base(start: str, segments: tuple[Segment, ...]) -> str:
    """Return the folder in which a pattern looks for names; empty where it names a file, which may come and go."""
    if not segments or segments[0].literal is None or len(segments) == 1:
        return ""
    return start + segments[0].literal


def _segments(pattern: str) -> tuple[str, tuple[Segment, ...]]:
    """Return the folder to begin in and the steps from there."""
    names = [name for name in pattern.split("/") if name not in ("", ".")]
    segments: list[Segment] = []
    for name in names:
        if name == "**":
            if not segments or not segments[-1].any_depth:
                segments.append(Segment(any_depth=True))
        elif _MAGIC.search(name):
            segments.append(Segment(pattern=name_pattern(name)))
        elif segments and segments[-1].literal is not None:
            segments[-1] = Segment(literal=f"{segments[-1].literal}/{name}")
        else:
            segments.append(Segment(literal=name))
    return ("/" if pattern.startswith("/") else ""), tuple(segments)
