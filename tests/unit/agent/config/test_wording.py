"""Mistakes in plain words; pydantic's own words never reach the user."""

import pytest


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        ("{timeot: 1s}", '::timeot: unknown key, did you mean "timeout"? (valid keys: metadata_keys, send_batch_size, timeout)'),
        ("{send_batch_size: '5'}", '::send_batch_size: expected a whole number, got "5"'),
        ("{send_batch_size: 1.5}", "::send_batch_size: expected a whole number, got 1.5"),
        ("{send_batch_size: true}", "::send_batch_size: expected a whole number, got true"),
        ("{send_batch_size: [1]}", "::send_batch_size: expected a whole number, got a list"),
        ("{timeout: 5}", None),
        ("{timeout: 5 s}", '::timeout: invalid duration "5 s": give a number with a unit (ns, us, ms, s, m, h), such as 5s'),
        ("{metadata_keys: {a: b}}", "::metadata_keys: expected a list, got a map"),
        ("{metadata_keys: [a, 5]}", "::metadata_keys::1: expected text, got a number: put it in quotes"),
        ("text", ": expected a map, got text"),
    ],
)
def test_type_errors(check, good, batch, expected):
    problems = check(good.replace("{batch: }", f"{{batch: {batch}}}"))
    assert problems == ([] if expected is None else [f"processors::batch{expected}"])


@pytest.mark.parametrize(
    ("exporter", "expected"),
    [
        ("{endpoint: gateway}", ': endpoint "gateway" has no port: write host:port, such as gateway:4317'),
        ("{balancer_name: x}", "::balancer_name: expected one of '', 'round_robin', 'pick_first', got \"x\""),
        ("{write_buffer_size: -1}", "::write_buffer_size: must be at least 0, got -1"),
        ("{auth: {}}", "::auth::authenticator: is required"),
        ("{tls: {foo: 1}}", "::tls::foo: unknown key (valid keys: ca_file"),
        ("{sending_queue: {batch: {sizer: requests}}}", "::sending_queue::batch::sizer: expected one of 'items', 'bytes'"),
        ("{sending_queue: {enabled: 'no'}}", '::sending_queue::enabled: expected true or false, got "no"'),
        ("{middlewares: [{id: ''}]}", "::middlewares::0::id: id must not be empty"),
        ("{headers: {a: 1}}", "::headers::a: expected text, got a number: put it in quotes"),
        ("{token: 12345}", "::token: expected text, got a number: put it in quotes"),
    ],
)
def test_paths_reach_into_shared_blocks(check, good, exporter, expected):
    problems = check(good.replace('{endpoint: "gateway:4317", tls: {insecure: true}}', exporter))
    assert len(problems) == 1
    assert problems[0].startswith(f"exporters::otlp{expected}")


def test_secrets_of_the_wrong_type_are_not_shown(check, good):
    for secret in ("token: 271828", "headers: 'Bearer 271828'", "headers: {a: [271828]}"):
        problems = check(good.replace("tls: {insecure: true}", secret))
        assert len(problems) == 1
        assert "271828" not in problems[0]
