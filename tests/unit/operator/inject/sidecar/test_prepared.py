"""A collector is rendered once for each of its versions, not for each pod."""

from otel_operator.inject.sidecar.prepared import PreparedSidecars
from tests.unit.operator.inject.sidecar.conftest import SETTINGS, collector


def test_the_same_object_is_prepared_once_and_a_new_one_anew() -> None:
    sidecars, first = PreparedSidecars(SETTINGS), collector()
    assert sidecars.of(first) is sidecars.of(first)
    assert sidecars.of(collector(image="other")) is not sidecars.of(first)
