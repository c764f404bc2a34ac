"""Detector system: the host's names, addresses, operating system and CPU."""

import asyncio
import fcntl
import platform
import socket
import struct
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address
from pathlib import Path

from otel_agent.processors.resource_detection.detector import DetectionError, Found, Value, given

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm32", "armv6l": "arm32", "i686": "x86", "ppc64le": "ppc64"}
_SIOCGIFADDR = 0x8915


class SystemDetector:
    """Reads what is asked for; everything that can wait, name look-ups above all, in a thread."""

    def __init__(self, hostname_sources: Sequence[str], wanted: Callable[[str], bool], root: Path = Path("/")) -> None:
        self._sources = hostname_sources
        self._wanted = wanted
        self._root = root

    async def detect(self) -> Found:
        """Return the attributes that are wanted."""
        return await asyncio.to_thread(self._detect)

    def _detect(self) -> Found:
        release = self._os_release()
        system = platform.uname()
        title = " ".join(filter(None, (release.get("NAME", "Linux"), release.get("VERSION", release.get("VERSION_ID", "")))))
        readers: dict[str, Callable[[], Value | None]] = {
            "host.name": lambda: host_name(self._sources),
            "os.type": lambda: system.system.lower(),
            "host.id": self._machine_id,
            "host.arch": lambda: _ARCHITECTURES.get(system.machine, system.machine),
            "host.ip": self._addresses,
            "host.mac": self._hardware_addresses,
            "host.interface": self._interfaces,
            "os.description": lambda: (
                f"{title} ({system.system} {system.node} {system.release} {system.version} {system.machine})"
            ),
            "os.name": lambda: release.get("NAME"),
            "os.version": lambda: release.get("VERSION_ID"),
            "os.build.id": lambda: release.get("BUILD_ID") or system.release,
        }
        found = {name: read() for name, read in readers.items() if self._wanted(name)}
        for name, value in self._cpu().items():
            if self._wanted(name):
                found[name] = value
        return given(found)

    def _os_release(self) -> dict[str, str]:
        for name in ("etc/os-release", "usr/lib/os-release"):
            lines = _lines(self._root / name)
            if lines:
                pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
                return {key: value.strip().strip("\"'") for key, _, value in pairs}
        return {}

    def _machine_id(self) -> str | None:
        for name in ("etc/machine-id", "var/lib/dbus/machine-id"):
            if lines := _lines(self._root / name):
                return lines[0].strip()
        return None

    def _interfaces(self) -> list[str]:
        """Those that are up; not the loopback."""
        folder = self._root / "sys/class/net"
        names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
        return [name for name in names if name != "lo" and _flags(folder / name) & 1]

    def _hardware_addresses(self) -> list[str]:
        folder = self._root / "sys/class/net"
        found = [line for name in self._interfaces() for line in _lines(folder / name / "address")[:1]]
        return [address.upper().replace(":", "-") for address in found if address.strip("0:")]

    def _addresses(self) -> list[str]:
        names = set(self._interfaces())
        found = [address for name in sorted(names) if (address := _ipv4(name))]
        for line in _lines(self._root / "proc/net/if_inet6"):
            digits, *_, name = line.split()
            if name in names:
                found.append(str(IPv6Address(bytes.fromhex(digits))))
        return found

    def _cpu(self) -> Found:
        first: dict[str, str] = {}
        for line in _lines(self._root / "proc/cpuinfo"):
            key, _, value = line.partition(":")
            if not key.strip():
                break
            first[key.strip()] = value.strip()
        cache = first.get("cache size", "").split()
        return given(
            {
                "host.cpu.vendor.id": first.get("vendor_id"),
                "host.cpu.family": first.get("cpu family"),
                "host.cpu.model.id": first.get("model"),
                "host.cpu.model.name": first.get("model name"),
                "host.cpu.stepping": first.get("stepping"),
                "host.cpu.cache.l2.size": int(cache[0]) if cache and cache[0].isdigit() else None,
            }
        )


def host_name(sources: Sequence[str]) -> str:
    """Return the first name that one of the sources has; DetectionError when none has."""
    own = socket.gethostname()
    readers: dict[str, Callable[[], str]] = {
        "os": lambda: own,
        "dns": lambda: _qualified(socket.getfqdn(own)),
        "cname": lambda: _qualified(socket.getaddrinfo(own, None, flags=socket.AI_CANONNAME)[0][3]),
        "lookup": lambda: _qualified(socket.gethostbyaddr(socket.gethostbyname(own))[0]),
    }
    for source in sources:
        try:
            name = readers[source]().rstrip(".")
        except OSError:
            continue
        if name:
            return name
    raise DetectionError(f"none of the hostname_sources {', '.join(sources)} has a name")


def _qualified(name: str) -> str:
    """Return a name that has a domain; nothing for another, which no name server gave."""
    return name if "." in name and not name.startswith("localhost") else ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


def _flags(interface: Path) -> int:
    lines = _lines(interface / "flags")
    return int(lines[0], 16) if lines else 0


def _ipv4(interface: str) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as query:
        try:
            answer = fcntl.ioctl(query.fileno(), _SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
        except OSError:
            return None
    return socket.inet_ntoa(answer[20:24])
