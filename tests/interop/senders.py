"""The stock SDKs that send, and the environment that sends a story by one of them in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.interop import runtimes
from tests.interop.story import Language
from tests.interop.variants import Certificates, Protocol, Security, url

TIMEOUT = "OTEL_EXPORTER_OTLP_TIMEOUT"
_A_MINUTE = {TIMEOUT: "60000"}
NO_CLIENT_KEY = (
    "Client key and certificate must both be provided, but one was missing - "
    "attempting to create credentials from just the root certificate"
)
JAVA_SENDER = "io.opentelemetry.sdk.common.export.HttpSenderProvider"


@dataclass(frozen=True, slots=True)
class Sender:
    """A stock SDK: its command, its protocols, settings of its own, and what it writes to stderr when nothing is wrong."""

    language: Language
    command: Callable[[], list[str]]
    protocols: tuple[Protocol, ...]
    settings: dict[str, str] = field(default_factory=dict)
    remark: str | None = None


_JAVA = Language("java")
_OKHTTP = _A_MINUTE | {JAVA_SENDER: "io.opentelemetry.exporter.sender.okhttp.internal.OkHttpHttpSenderProvider"}
_JDK = _A_MINUTE | {JAVA_SENDER: "io.opentelemetry.exporter.sender.jdk.internal.JdkHttpSenderProvider"}
SENDERS = {
    "python": Sender(Language("python"), runtimes.python, ("grpc", "http/protobuf"), {TIMEOUT: "60"}),  # seconds here
    "node": Sender(
        Language("nodejs", exemplars=False), runtimes.node, ("grpc", "http/protobuf", "http/json"), _A_MINUTE, NO_CLIENT_KEY
    ),
    "java": Sender(_JAVA, runtimes.java, ("grpc", "http/protobuf"), _OKHTTP),
    "java-jdk": Sender(_JAVA, runtimes.java, ("http/protobuf",), _JDK),
}
PAIRS = [(name, protocol) for name, sender in SENDERS.items() for protocol in sender.protocols]


@dataclass(frozen=True, slots=True)
class Telling:
    """One way to send the story to one of the ports."""

    name: str
    protocol: Protocol
    compression: str = "none"
    security: Security = "plain"

    def environment(self, port: int, certificates: Certificates) -> dict[str, str]:
        settings = {
            "OTEL_EXPORTER_OTLP_PROTOCOL": self.protocol,
            "OTEL_EXPORTER_OTLP_ENDPOINT": url(self.security, port),
        }
        # Python's SDK knows no word for "none".
        if self.compression != "none":
            settings["OTEL_EXPORTER_OTLP_COMPRESSION"] = self.compression
        return settings | certificates.environment(self.security) | SENDERS[self.name].settings
