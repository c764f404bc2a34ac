import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_operator import naming

LONG = "a-very-long-name-for-a-collector-that-goes-beyond-the-limit-of-63-chars"


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (naming.collector, "a-very-long-name-for-a-collector-that-goes-beyond-the-collector"),
        (naming.service, "a-very-long-name-for-a-collector-that-goes-beyond-the-collector"),
        (naming.headless_service, "a-very-long-name-for-a-collector-that-goes-beyond-the--headless"),
        (naming.monitoring_service, "a-very-long-name-for-a-collector-that-goes-beyond-th-monitoring"),
    ],
)
def test_long_names_are_cut_as_the_go_operator_cuts_them(build, name):
    assert build(LONG) == name


def test_long_config_map_name_keeps_its_hash():
    name = naming.config_map(LONG, "0123456789abcdef")
    assert name == "a-very-long-name-for-a-collector-that-goes-b-collector-01234567"


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (naming.collector, "simplest-collector"),
        (naming.service_account, "simplest-collector"),
        (naming.headless_service, "simplest-collector-headless"),
        (naming.monitoring_service, "simplest-collector-monitoring"),
        (naming.extension_service, "simplest-collector-extension"),
        (naming.alias_service, "simplest"),
    ],
)
def test_short_names_get_a_suffix(build, name):
    assert build("simplest") == name


@pytest.mark.parametrize(("text", "name"), [("foo-", "fooa"), ("a.b", "a-b"), ("Foo", "foo"), ("-x", "ax"), ("", "")])
def test_dns_name_replaces_what_dns_does_not_take(text, name):
    assert naming.dns_name(text) == name


@pytest.mark.parametrize(
    ("limit", "args", "text"),
    [
        (63, ("ns", "name"), "ns.name"),
        (7, ("ns", "names"), "n.names"),
        (5, ("ns", "names"), "name"),
        (4, ("ns", "names"), "nam"),
        (1, ("a", "b"), ""),
    ],
)
def test_truncate_takes_from_the_left_argument_first(limit, args, text):
    assert naming.truncate("%s.%s", limit, *args) == text


def test_truncate_cuts_hard_when_the_format_alone_is_too_long():
    assert naming.truncate("%s-collector", 4, "x") == "-col"


@pytest.mark.parametrize(
    ("component", "port", "name"),
    [
        ("otlp-grpc", 4317, "otlp-grpc"),
        ("jaeger-thrift_http", 14268, "port-14268"),
        ("foo/bar", 7777, "foo-bar"),
        ("health_check", 13133, "health-check"),
        ("prometheus/longlonglonglong", 8890, "port-8890"),
        ("Upper", 1, "port-1"),
        ("trailing/", 2, "port-2"),
    ],
)
def test_port_is_named_after_its_component_where_that_is_a_port_name(component, port, name):
    assert naming.port_name(component, port) == name


@pytest.mark.parametrize("name", ["1st", "under.score", "UPPER", "a" * 64, "-a", "foo-collector", "foo-collector-headless"])
def test_name_that_is_no_service_name_gets_no_alias(name):
    assert naming.alias_service(name) is None


@pytest.mark.parametrize("name", ["", "123", "a--b", "-a", "a-", "A", "a" * 16, "a_b"])
def test_invalid_port_names_are_told(name):
    assert not naming.is_port_name(name)


@pytest.mark.parametrize("number", [0, -1, 65536, True, "80", None, 80.0])
def test_invalid_port_numbers_are_told(number):
    assert not naming.is_port_number(number)


BUILDERS = [
    naming.collector,
    naming.service_account,
    naming.headless_service,
    naming.monitoring_service,
    naming.extension_service,
]
SUBDOMAIN = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", fullmatch=True)


@given(SUBDOMAIN, st.sampled_from(BUILDERS))
def test_every_name_is_a_dns_label(name, build):
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", build(name))


@given(SUBDOMAIN, st.from_regex(r"[0-9a-f]{64}", fullmatch=True))
def test_every_config_map_name_is_a_dns_label_that_ends_in_the_hash(name, sha256):
    built = naming.config_map(name, sha256)
    assert len(built) <= 63
    assert built.endswith(f"-collector-{sha256[:8]}")


@given(st.from_regex(r"[a-z][a-z0-9]{0,42}", fullmatch=True), st.sampled_from(BUILDERS))
def test_names_within_the_limit_lose_no_character(name, build):
    assert len(name) <= naming.UNCUT_NAME
    assert build(name).startswith(name)
