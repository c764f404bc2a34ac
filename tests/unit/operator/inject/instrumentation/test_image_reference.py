"""Reading image references."""

import pytest

from otel_operator.inject.instrumentation.image_reference import image_version

SHA = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("img", None),
        ("img:1", "1"),
        (f"img@{SHA}", SHA),
        (f"img:1@{SHA}", f"1@{SHA}"),
        ("reg:8080/img", None),
        ("reg:8080/img:2.0-rc.1_x", "2.0-rc.1_x"),
        ("registry.example/shop/web:1.2", "1.2"),
        ("REG.example/shop/a__b-c.d:1", "1"),
        ("[::1]:5000/img:3", "3"),
        ("Img:1", None),
        ("reg/Img:1", None),
        ("img:", None),
        ("img:-1", None),
        ("img:" + "x" * 128, "x" * 128),
        ("img:" + "x" * 129, None),
        ("img:1:2", None),
        ("img:1@sha256:abc", None),
        (f"img@{SHA.upper()}", None),
        (f"img@md5:{'0' * 32}", None),
        ("img:1@", None),
        ("", None),
        (":1", None),
        ("a//b:1", None),
        ("a/" * 200 + "b:1", None),
        ("$(IMAGE):1", None),
        ("-" * 100_000, None),
    ],
)
def test_version_is_tag_digest_or_both(reference: str, version: str | None) -> None:
    assert image_version(reference) == version
