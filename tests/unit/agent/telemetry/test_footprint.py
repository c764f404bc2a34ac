"""What the allocator does under load; in a process of its own, because its settings last for a process's life."""

import os
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="settings of glibc's allocator")

PROGRAM = """
import resource
from otel_agent.telemetry.footprint import KEPT_FREE, settle_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

def burst(number):
    parts = [b"x" * (4 * 1024 * 1024) for _ in range(number)]
    parts.clear()

settle_memory()
for _ in range(3):
    burst(3)
before = faults()
for _ in range(20):
    burst(3)
print(faults() - before)
settled = resident()
burst(30)
print(resident() - settled > KEPT_FREE + 4 * 1024 * 1024)
"""


def run(**environment: str) -> tuple[int, bool]:
    """Return page faults of 20 times three batches of 4 MiB, and whether much more than is allowed stayed after many."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env={**inherited, **environment}, capture_output=True, text=True, check=True)
    faults, kept = done.stdout.split()
    return int(faults), kept == "True"


def test_batches_that_come_and_go_reuse_their_memory_and_a_large_burst_is_given_back() -> None:
    faults, kept = run()
    assert faults < 20 * 100
    assert not kept


def test_an_operators_own_settings_of_the_allocator_win() -> None:
    faults, _ = run(MALLOC_MMAP_THRESHOLD_="65536")
    assert faults > 20 * 1000
