"""Keeps the process small and its pauses short: gives back what starting needed, and what lives for ever is collected no more."""

import ctypes
import gc
from asyncio.sslproto import SSLProtocol

_TLS_BUFFER = 32 * 1024
"""Bytes; two of the largest TLS records."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h."""
_LARGE = 512 * 1024
"""Bytes from which a buffer is mapped on its own: more than the 256 KiB that uvloop asks for twice a review to read TLS into."""
_KEPT = 1024 * 1024
"""Bytes of free heap that are kept, so that these need no system calls. What of them is never written takes no memory."""
_OBJECTS = 5_000
"""New lists and maps after which the young ones are looked through: a review brings a few hundred, all gone with its answer."""


def narrow_tls_buffers() -> None:
    """Have the TLS connections that asyncio makes from now on read into a buffer of 32 KiB, and not 256 KiB each.

    API servers open a connection for every review under way. A thousand of them, as when all pods wait for an API server that
    does not answer, would take more than the pod's memory limit.
    """
    SSLProtocol.max_size = _TLS_BUFFER


def return_large_buffers() -> None:
    """Have the memory of large bodies go back to the system when they are done with, and leave no holes in the heap.

    The C library would do so up to the first large buffer only: it raises the size from which it maps to that of what is freed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # glibc only: musl has no such setting, and its own is fixed
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _KEPT)


def settle_memory() -> None:
    """Collect garbage, return free pages to the system, and take what is left out of the garbage collector's sight.

    Called before the program says that it is ready: modules, models and filled caches stay as long as the process, and each
    full collection that walked them again would keep some pod waiting. Reviews leave no cycles: young objects are looked at less.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc only: musl returns pages by itself
        trim(0)
    gc.freeze()
    gc.set_threshold(_OBJECTS)
