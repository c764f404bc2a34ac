"""Carries connections from a socket of one network namespace to an address in another.

A listening socket stays in the network namespace it was made in, whoever inherits it. The host makes it, a process inside
the node's namespaces accepts on it and dials from where it is: no proxy on the host, no setns.
Run as a program (``python -m e2e.cluster.node.forward FD HOST PORT``) it serves until it is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys

CHUNK = 64 * 1024


async def serve(listener: socket.socket, host: str, port: int) -> None:
    """Forward every connection that ``listener`` accepts; a target that refuses closes the connection."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        finally:
            far_writer.close()
            writer.close()

    server = await asyncio.start_server(forward, sock=listener)
    async with server:
        await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end of the stream and pass the end on; the other direction may go on."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


def main() -> None:
    descriptor, host, port = sys.argv[1:]
    asyncio.run(serve(socket.socket(fileno=int(descriptor)), host, int(port)))


if __name__ == "__main__":
    main()
