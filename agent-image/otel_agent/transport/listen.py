"""Binds a host name that may stand for more addresses than this machine has, and unix sockets."""

import asyncio
import errno
import os
import socket
import stat

BACKLOG = 1024
"""Connections that may wait to be accepted; the kernel's own limit counts, too."""


async def listening_sockets(host: str, port: int, *, reuse_port: bool = False) -> list[socket.socket]:
    """Sockets bound to the addresses of `host` (empty: all) that exist here, with one port; OSError when there is none.

    Pods have `::1 localhost` in /etc/hosts also where IPv6 is off, so an address that does not exist is left out as long as
    another does. `reuse_port` lets other processes that ask for it, too, share the port; the kernel spreads connections.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    bound: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                bound.append(_bind(family, (address[0], port, *address[2:]), reuse_port))
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                absent = error
            else:
                port = bound[0].getsockname()[1]
        if absent is not None and not bound:
            raise absent
    except OSError:
        for opened in bound:
            opened.close()
        raise
    return bound


def unix_socket(path: str) -> socket.socket:
    """Bind a socket at a path, in place of one that an earlier process left there; OSError when that is impossible."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        try:
            if stat.S_ISSOCK(os.stat(path).st_mode):
                os.unlink(path)
        except FileNotFoundError:
            pass
        opened.bind(path)
    except OSError:
        opened.close()
        raise
    return opened


def _bind(family: int, address: tuple[object, ...], reuse_port: bool) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened
