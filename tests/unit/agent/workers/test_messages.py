"""What goes between processes arrives as it was."""

import asyncio
import pickle
import socket

import yaml

from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.workers.channel import Channel
from otel_agent.workers.messages import Report, Start
from otel_agent.workers.placement import plan

CONFIG = """
receivers:
  otlp:
    protocols:
      grpc: {auth: {authenticator: basic_auth}, keepalive: {server_parameters: {time: 30s}}, include_metadata: true}
      http: {tls: {cert_file: c.pem, key_file: k.pem}, cors: {allowed_origins: ["*"]}, response_headers: {a: b}}
processors:
  memory_limiter: {limit_percentage: 80}
  batch: {timeout: 2s, metadata_keys: [tenant]}
exporters:
  otlp_grpc: {endpoint: "a:1", headers: {authorization: secret}, retry_on_failure: {max_elapsed_time: 0s}, tls: {insecure: true}}
  otlp_http:
    endpoint: https://b
    auth: {authenticator: oauth2client}
    sending_queue: {storage: file_storage, sizer: bytes, batch: {flush_timeout: 1s, sizer: bytes, min_size: 10, max_size: 1000}}
  debug: {verbosity: detailed}
extensions:
  basic_auth: {htpasswd: {inline: "a:b"}}
  bearertokenauth: {token: t}
  oauth2client: {client_id: a, client_secret: b, token_url: "https://c"}
  headers_setter: {headers: [{key: k, value: v}]}
  file_storage: {}
  health_check: {}
  zpages: {}
  pprof: {}
service:
  extensions: [basic_auth, oauth2client, file_storage, health_check, zpages, pprof]
  telemetry: {resource: {team: a}, logs: {encoding: json, initial_fields: {x: 1}}, metrics: {level: detailed}}
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp_grpc, otlp_http]}
    logs/all: {receivers: [otlp], exporters: [debug]}
"""


def test_a_configuration_survives_the_way_to_a_worker() -> None:
    config = decode(yaml.safe_load(CONFIG), installed_registry())
    made = plan(config, installed_registry())
    assert made.shared
    for part in (made.first, made.others, made.supervisor):
        message = Start(part, made.spread, {"service.name": "otelcol"}, 25.0)
        assert pickle.loads(pickle.dumps(message)) == message


async def test_a_channel_hands_on_whole_messages_and_tells_the_end() -> None:
    one, other = await _connected()
    config = decode(yaml.safe_load(CONFIG), installed_registry())
    start = Start(config, frozenset(), {"note": "x" * 1_000_000}, 1.0)
    one.send(start)
    one.send(Report())
    assert await other.receive() == start
    assert await other.receive() == Report()
    await one.close()
    assert await other.receive() is None
    other.send(Report())  # nobody hears it, and nobody is hurt
    await other.sent()
    await other.close()


async def _connected() -> tuple[Channel, Channel]:
    one, other = await asyncio.gather(*(Channel.over(end) for end in socket.socketpair()))
    return one, other
