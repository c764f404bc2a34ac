"""Keeps the process small and its pauses short: gives back what starting needed, and what lives for ever is collected no more."""

import ctypes
import gc


def settle_memory() -> None:
    """Collect garbage, return free pages to the system, and take what is left out of the garbage collector's sight.

    Called before the program says that it is ready: modules, models and filled caches stay as long as the process, and each
    full collection that walked them again would keep some pod waiting.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc only: musl returns pages by itself
        trim(0)
    gc.freeze()
