"""What is there before the program is ready is no garbage collection's business afterwards."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from otel_operator.webhook.footprint import settle_memory


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


class Ring:
    """Refers to itself, so that only the garbage collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_lives_is_out_of_the_collectors_sight() -> None:
    kept = Ring()
    settle_memory()
    assert not any(seen is kept for seen in gc.get_objects())


def test_garbage_is_freed_and_not_frozen() -> None:
    Ring()
    settle_memory()
    gc.unfreeze()
    assert not any(isinstance(seen, Ring) for seen in gc.get_objects())


MEASURE = """
import asyncio, ssl, tracemalloc
from otel_operator.webhook.footprint import narrow_tls_buffers

async def main():
    loop, context = asyncio.get_running_loop(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    tracemalloc.start()
    writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(20)]
    await asyncio.sleep(0.1)
    print(tracemalloc.get_traced_memory()[0] // 20)

narrow_tls_buffers()
asyncio.run(main())
"""


def test_a_tls_connection_takes_less_than_asyncios_own_buffer() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    assert 32 * 1024 < int(done.stdout) < 160 * 1024


def test_large_buffers_go_back_to_the_system() -> None:
    # After a large buffer was freed the C library would take the next ones from the heap, where small things above keep them.
    program = """
from otel_operator.webhook.footprint import return_large_buffers

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

return_large_buffers()
del (first := bytearray(8 << 20))[:]
del first
before, kept = resident(), []
for _ in range(16):
    large = bytearray(4 << 20)
    kept.append((large, bytearray(1 << 10)))
kept = [small for large, small in kept]
del large
print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 8 << 20


def test_the_webhooks_own_modules_do_not_load_pydantic() -> None:
    program = "import otel_operator.cli.webhook, otel_operator.webhook.assembly, sys; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_buffer_that_tls_is_read_into_comes_from_the_heap() -> None:
    # Mapped on its own it would cost system calls and page faults, twice a review.
    program = """
import ctypes
from otel_operator.webhook.footprint import return_large_buffers

class Usage(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"  # as in malloc.h
    _fields_ = [(name, ctypes.c_int) for name in names.split()]

def mapped():
    mallinfo = ctypes.CDLL(None).mallinfo
    mallinfo.restype = Usage
    return mallinfo().hblks

return_large_buffers()
before = mapped()
buffer = bytes(256 << 10)
heap = mapped() - before
large = bytes(1 << 20)
print(heap, mapped() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1"]
