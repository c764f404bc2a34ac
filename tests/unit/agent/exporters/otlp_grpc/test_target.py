import pytest

from otel_agent.exporters.otlp_grpc.target import Target, UnsupportedTarget, host_of, parse_target


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("gateway:4317", Target("gateway:4317", hosts=[("gateway", 4317)])),
        ("[::1]:4317", Target("[::1]:4317", hosts=[("::1", 4317)])),
        ("dns:///gateway:4317", Target("gateway:4317", hosts=[("gateway", 4317)])),
        ("dns:gateway:4317", Target("gateway:4317", hosts=[("gateway", 4317)])),
        ("dns:///gateway", Target("gateway", hosts=[("gateway", 443)])),
        ("dns:///[fe80::1]", Target("[fe80::1]", hosts=[("fe80::1", 443)])),
        ("passthrough:///10.0.0.1:1", Target("10.0.0.1:1", hosts=[("10.0.0.1", 1)])),
        ("ipv4:10.0.0.1:1,10.0.0.2:2", Target("10.0.0.1:1", hosts=[("10.0.0.1", 1), ("10.0.0.2", 2)])),
        ("ipv6:[::1]:1,[::2]:2", Target("[::1]:1", hosts=[("::1", 1), ("::2", 2)])),
        ("unix:run/otlp.sock", Target("localhost", unix="run/otlp.sock")),
        ("unix:///run/otlp.sock", Target("localhost", unix="/run/otlp.sock")),
    ],
)
def test_targets_are_taken_apart(target: str, expected: Target) -> None:
    assert parse_target(target) == expected


@pytest.mark.parametrize(
    "target", ["dns://10.0.0.53/gateway:4317", "xds:///gateway", "unix:", "gateway:0", "dns:///:4317", "vsock://2:1"]
)
def test_what_only_grpcio_may_know_is_named(target: str) -> None:
    with pytest.raises(UnsupportedTarget, match="endpoint"):
        parse_target(target)


def test_a_host_has_neither_port_nor_brackets() -> None:
    assert [host_of(name) for name in ("a:1", "a", "[::1]:1", "[::1]")] == ["a", "a", "::1", "::1"]
