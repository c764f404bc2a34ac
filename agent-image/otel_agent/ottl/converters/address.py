"""Reading addresses: what RFC 3986 calls a URI reference, with the leniencies of Go's net/url.

An escaped part is kept beside the plain one, since `original` writes it as it was where that is a valid form.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_PORT = re.compile(r"(?::[0-9]*)?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_VALID_ESCAPED = frozenset("!$&'()*+,;=:@[]%")
_PATH = _UNRESERVED | frozenset("$&+,/:;=@")
_FRAGMENT = _UNRESERVED | frozenset("$&+,/:;=?@!()*")
_USER_INFO = _UNRESERVED | frozenset("$&+,;=")
_HOST = _UNRESERVED | frozenset("!$&'()*+,;=:[]<>\"")


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address, unescaped. `user` is name and password, the password None where there is no colon."""

    scheme: str = ""
    opaque: str = ""
    user: tuple[str, str | None] | None = None
    host: str = ""
    """With brackets and port."""
    path: str = ""
    query: str = ""
    fragment: str = ""
    path_written: str = ""
    fragment_written: str = ""
    empty_query: bool = False
    """Whether a `?` stands there with nothing behind it."""
    no_authority: bool = False
    """Whether a path follows the scheme without `//`."""

    @property
    def hostname(self) -> str:
        """The host without brackets and port."""
        host = self.host[: len(self.host) - len(self._port_with_colon())]
        return host[1:-1] if host.startswith("[") and host.endswith("]") else host

    @property
    def port(self) -> str:
        """The digits of the port, "" where there are none."""
        return self._port_with_colon()[1:]

    def _port_with_colon(self) -> str:
        colon = self.host.rfind(":")
        return self.host[colon:] if colon >= 0 and _PORT.fullmatch(self.host, colon) else ""

    @property
    def user_info(self) -> str:
        """Name and password as an address has them."""
        if self.user is None:
            return ""
        name, password = self.user
        return escaped(name, _USER_INFO) + ("" if password is None else f":{escaped(password, _USER_INFO)}")

    @property
    def original(self) -> str:
        """The address as text again."""
        out = [f"{self.scheme}:"] if self.scheme else []
        if self.opaque:
            out.append(self.opaque)
        else:
            out += self._authority()
            path = _as_written(self.path, self.path_written, _PATH)
            if path and not path.startswith("/") and self.host:
                out.append("/")
            elif not out and ":" in path.partition("/")[0]:
                out.append("./")
            out.append(path)
        if self.query or self.empty_query:
            out.append(f"?{self.query}")
        if self.fragment:
            out.append(f"#{_as_written(self.fragment, self.fragment_written, _FRAGMENT)}")
        return "".join(out)

    def _authority(self) -> list[str]:
        if not (self.scheme or self.host or self.user is not None) or (self.no_authority and not self.host and self.user is None):
            return []
        out = ["//"] if self.host or self.path or self.user is not None else []
        if self.user is not None:
            out.append(f"{self.user_info}@")
        out.append(escaped(self.host, _HOST))
        return out


def parse_address(text: str) -> Address:
    """Read an address; ValueError for what is none."""
    before, _, fragment = text.partition("#")
    if _CONTROL.search(before):
        raise ValueError("a control character is in the address")
    if before == "*":
        return Address(path="*", path_written="*", fragment=unescaped(fragment), fragment_written=fragment)
    scheme, rest = "", before
    if found := _SCHEME.match(before):
        scheme, rest = found[1].lower(), before[found.end() :]
    elif before.startswith(":"):
        raise ValueError("the scheme is missing")
    rest, question, query = rest.partition("?")
    empty_query = bool(question) and not query
    if not rest.startswith("/"):
        if scheme:
            return Address(
                scheme, rest, query=query, empty_query=empty_query, fragment=unescaped(fragment), fragment_written=fragment
            )
        if ":" in rest.partition("/")[0]:
            raise ValueError("the first part of a relative path has a colon")
    user, host, no_authority = None, "", False
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, host = _read_authority(authority)
    else:
        no_authority = bool(scheme)
    return Address(
        scheme,
        user=user,
        host=host,
        path=unescaped(rest),
        query=query,
        fragment=unescaped(fragment),
        path_written=rest,
        fragment_written=fragment,
        empty_query=empty_query,
        no_authority=no_authority,
    )


def _read_authority(authority: str) -> tuple[tuple[str, str | None] | None, str]:
    info, at, host = authority.rpartition("@")
    host = _read_host(host)
    if not at:
        return None, host
    if not _USER.fullmatch(info):
        raise ValueError("the user has a character that it cannot have")
    name, colon, password = info.partition(":")
    return (unescaped(name), unescaped(password) if colon else None), host


def _read_host(host: str) -> str:
    if host.rfind("[") > 0:
        raise ValueError("the host has a bracket inside")
    if not host.startswith("["):
        colon = host.rfind(":")
        if colon >= 0 and not _PORT.fullmatch(host, colon):
            raise ValueError(f"{host[colon:]!r} is no port")
        return _unescaped_host(host)
    inside, bracket, port = host[1:].rpartition("]")
    if not bracket:
        raise ValueError("the bracket of the host is not closed")
    if not _PORT.fullmatch(port):
        raise ValueError(f"{port!r} is no port")
    written, zone_mark, zone = inside.partition("%25")
    name = _unescaped_host(written) + (f"%{unescaped(zone)}" if zone_mark else "")
    ipaddress.IPv6Address(name)
    return f"[{name}]{port}"


def _unescaped_host(host: str) -> str:
    for found in _ESCAPE.finditer(host):
        if found[0] != "%25" and (found[1] is None or int(found[1], 16) < 0x80):
            raise ValueError(f"{host[found.start() : found.start() + 3]!r} in the host is no escape")
    for character in host:
        if character.isascii() and character not in _HOST and character != "%":
            raise ValueError(f"the host has the character {character!r}")
    return unescaped(host)


def unescaped(text: str) -> str:
    """Return the text that the escapes stand for; ValueError for half an escape."""
    if "%" not in text:
        return text
    for found in _ESCAPE.finditer(text):
        if found[1] is None:
            raise ValueError(f"{text[found.start() : found.start() + 3]!r} is no escape")
    return unquote_to_bytes(text).decode(errors="replace")


def escaped(text: str, plain: frozenset[str]) -> str:
    """Return the text with the bytes of every other character escaped."""
    return "".join(
        character if character in plain else "".join(f"%{byte:02X}" for byte in character.encode()) for character in text
    )


def _as_written(text: str, written: str, plain: frozenset[str]) -> str:
    valid = all(character in plain or character in _VALID_ESCAPED for character in written)
    return written if valid else escaped(text, plain)
