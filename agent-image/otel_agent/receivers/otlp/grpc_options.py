"""gRPC server settings as the channel arguments of grpcio."""

from otel_agent.config.blocks.grpc_server import GrpcServerConfig, KeepaliveServerConfig

_FOREVER_MS = 2**31 - 1
_GO_MIN_TIME = 300.0
"""Seconds; how often clients may ping by default."""

Options = list[tuple[str, int | str]]


def server_options(config: GrpcServerConfig, *, shared: bool = False) -> Options:
    """Return the arguments of a server; zero keeps the default of gRPC. `shared` lets other processes listen on the port.

    read_buffer_size and write_buffer_size have no counterpart, grpcio sizes its buffers itself.
    """
    options: Options = [
        ("grpc.max_receive_message_length", config.max_recv_bytes),
        ("grpc.per_message_decompression", 0),
        ("grpc.so_reuseport", int(shared)),
    ]
    if config.max_concurrent_streams:
        options.append(("grpc.max_concurrent_streams", config.max_concurrent_streams))
    return options + (_keepalive(config.keepalive) if config.keepalive is not None else [])


def _keepalive(config: KeepaliveServerConfig) -> Options:
    parameters, policy = config.server_parameters, config.enforcement_policy
    durations = {
        "grpc.max_connection_idle_ms": parameters.max_connection_idle,
        "grpc.max_connection_age_ms": parameters.max_connection_age,
        "grpc.max_connection_age_grace_ms": parameters.max_connection_age_grace,
        "grpc.keepalive_time_ms": parameters.time,
        "grpc.keepalive_timeout_ms": parameters.timeout,
    }
    options: Options = [(name, milliseconds(seconds)) for name, seconds in durations.items() if seconds > 0]
    options.append(("grpc.http2.min_recv_ping_interval_without_data_ms", milliseconds(policy.min_time or _GO_MIN_TIME)))
    if policy.permit_without_stream:
        options.append(("grpc.keepalive_permit_without_calls", 1))
    return options


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, at least one, at most what fits a channel argument."""
    return min(max(round(seconds * 1000), 1), _FOREVER_MS)
