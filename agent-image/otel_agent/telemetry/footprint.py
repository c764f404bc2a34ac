"""Keeps the process small: gives free memory back, and takes what lives for ever out of the garbage collector's sight."""

import ctypes
import gc
import os

KEPT_FREE = 16 * 1024 * 1024
"""Bytes at the end of the heap that stay when they are free, until `release_unused`."""
_LARGEST_MMAP_THRESHOLD = 32 * 1024 * 1024
"""The most that glibc accepts."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Of malloc.h."""


def release_unused() -> None:
    """Collect garbage, and ask the allocator to return free pages; without the second RSS would stay up after a burst."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def settle_memory() -> None:
    """After start: release what building needed, and spare later collections the objects that modules and models consist of."""
    release_unused()
    gc.freeze()
    _keep_what_comes_again()


def _keep_what_comes_again() -> None:
    """Let the allocator keep some free memory, so that batches, of a few MB each and made many times a second, reuse it.

    By default glibc returns it to the system and gets it anew; the page faults of that cost a fifth of the CPU time under load.
    An operator's own settings win.
    """
    if any(name.startswith("MALLOC_") or name == "GLIBC_TUNABLES" for name in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_M_TRIM_THRESHOLD, KEPT_FREE)
