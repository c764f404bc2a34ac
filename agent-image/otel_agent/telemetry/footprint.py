"""Keeps the process small: gives free memory back, and takes what lives for ever out of the garbage collector's sight."""

import ctypes
import gc


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
