"""The native kernel and its portable twin are one thing: same results, same refusals, on valid, mutated and hostile bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agent.pdata import native
from otel_agent.pdata.native import NativeKernel
from tests.fuzz import kernel as fuzz

pytestmark = pytest.mark.skipif(native.installed() is None, reason="the native extension is not built")


@pytest.fixture(scope="module")
def kernel() -> NativeKernel:
    found = native.installed()
    assert found is not None
    return found


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**62))
def test_native_and_portable_agree(kernel: NativeKernel, seed: int) -> None:
    fuzz.run_case(kernel, seed)
