"""Feature gates: switches for behaviour that is on its way in or out, set with `--feature-gates=a,-b`."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

_logger = logging.getLogger("otel_agent.config")


class Stage(StrEnum):
    """How far a feature has come; decides the default and what may be set."""

    ALPHA = "Alpha"
    BETA = "Beta"
    STABLE = "Stable"
    DEPRECATED = "Deprecated"


@dataclass(frozen=True, slots=True)
class Gate:
    """One switch."""

    id: str
    stage: Stage
    description: str

    @property
    def enabled_by_default(self) -> bool:
        """Alpha and deprecated features are off, the others on."""
        return self.stage in (Stage.BETA, Stage.STABLE)


ALLOW_NO_PIPELINES = "service.AllowNoPipelines"
MERGE_APPEND = "confmap.enableMergeAppendOption"
ANY_PROTOCOL = "receiver.otlp.anyProtocolOnPort"
NATIVE_FRONT_END = "receiver.otlp.nativeFrontEnd"
RECEIVER_METRICS = "receiverhelper.newReceiverMetrics"
NATIVE_GRPC_CLIENT = "exporter.otlp.nativeClient"
NO_LEGACY_TARGET_ATTRIBUTES = "receiver.prometheusreceiver.RemoveLegacyResourceAttributes"
WAIT_WHEN_FULL = "receiver.otlp.waitWhenFull"
LINUX_MEM_AVAILABLE = "receiver.hostmetricsreceiver.UseLinuxMemAvailable"
HASH_SHA256 = "coreinternal.attraction.hash.sha256"
FILTER_IGNORES = "processor.filter.defaultErrorModeIgnore"
TRANSFORM_IGNORES = "processor.transform.defaultErrorModeIgnore"
FLATTEN_LOGS = "transform.flatten.logs"
FILE_DELETION = "filelog.allowFileDeletion"
RECORD_POLICY = "processor.tailsamplingprocessor.recordpolicy"

GATES = (
    Gate(ALLOW_NO_PIPELINES, Stage.ALPHA, "Accept configurations without receivers, exporters or pipelines"),
    Gate(MERGE_APPEND, Stage.ALPHA, "Join the lists of several sources instead of replacing them"),
    Gate("service.partialReload", Stage.ALPHA, "Accepted; every changed configuration is swapped in while running"),
    Gate("service.partialReloadReceivers", Stage.BETA, "Accepted; every changed configuration is swapped in while running"),
    Gate("service.profilesSupport", Stage.ALPHA, "Accepted without effect; profiles are not supported"),
    Gate("telemetry.newPipelineTelemetry", Stage.ALPHA, "Accepted without effect"),
    Gate(RECEIVER_METRICS, Stage.ALPHA, "Count requests of receivers by outcome, and faults apart from refusals"),
    Gate("pkg.exporterhelper.queueBatchEnabled", Stage.ALPHA, "Accepted without effect; batching in the queue is always there"),
    Gate("pdata.useProtoPooling", Stage.ALPHA, "Accepted without effect; there is no pool of messages"),
    Gate(
        ANY_PROTOCOL,
        Stage.BETA,
        "An OTLP port takes both gRPC and HTTP",
    ),
    Gate(NATIVE_FRONT_END, Stage.BETA, "Serve OTLP with the native extension where it is built, instead of grpcio and aiohttp"),
    Gate(NATIVE_GRPC_CLIENT, Stage.BETA, "Send OTLP/gRPC with the native extension where it is built, instead of grpcio"),
    Gate(HASH_SHA256, Stage.BETA, "The action hash of attributes and resource uses SHA-256, without it SHA-1"),
    Gate(LINUX_MEM_AVAILABLE, Stage.BETA, "host_metrics counts as used what is not MemAvailable, instead of not free or cached"),
    Gate(FILTER_IGNORES, Stage.BETA, "The filter processor's error_mode is ignore unless it is set, not propagate"),
    Gate(TRANSFORM_IGNORES, Stage.BETA, "The transform processor's error_mode is ignore unless it is set, not propagate"),
    Gate(FLATTEN_LOGS, Stage.ALPHA, "Accept flatten_data of the transform processor"),
    Gate(FILE_DELETION, Stage.ALPHA, "Allow delete_after_read of the file_log receiver"),
    Gate("receiver.prometheusreceiver.EnableNativeHistograms", Stage.BETA, "Accepted; scrape_native_histograms of a job decides"),
    Gate(NO_LEGACY_TARGET_ATTRIBUTES, Stage.BETA, "Leave net.host.name, net.host.port and http.scheme off scraped resources"),
    Gate(WAIT_WHEN_FULL, Stage.ALPHA, "The native OTLP front end stops reading at its limits, instead of refusing"),
    Gate(RECORD_POLICY, Stage.ALPHA, "Tail sampling writes the name of the policy that sampled a trace on its scopes"),
)


class FeatureGates:
    """State of every gate. Registering more gates is for components that bring their own."""

    def __init__(self, gates: Iterable[Gate] = GATES) -> None:
        self._gates: dict[str, Gate] = {}
        self._set: dict[str, bool] = {}
        for gate in gates:
            self.register(gate)

    def register(self, gate: Gate) -> None:
        """Add a gate; ValueError when its id is taken by another."""
        if self._gates.setdefault(gate.id, gate) != gate:
            raise ValueError(f'feature gate "{gate.id}" is already registered')

    def enabled(self, gate_id: str) -> bool:
        """Whether a registered gate is on; KeyError when it is not registered."""
        return self._set.get(gate_id, self._gates[gate_id].enabled_by_default)

    def gates(self) -> list[Gate]:
        """All gates by id."""
        return [self._gates[gate_id] for gate_id in sorted(self._gates)]

    def apply(self, options: Iterable[str]) -> None:
        """Set gates from `--feature-gates` values such as `a,-b,+c`. ValueError names every one that cannot be set."""
        errors = []
        for option in options:
            for item in filter(None, (part.strip() for part in option.split(","))):
                try:
                    self.set(item.lstrip("+-") if item[0] in "+-" else item, enabled=not item.startswith("-"))
                except ValueError as error:
                    errors.append(str(error))
        if errors:
            raise ValueError("\n".join(errors))

    def set(self, gate_id: str, *, enabled: bool) -> None:
        """Turn a gate on or off; ValueError when it is unknown or its stage forbids that."""
        gate = self._gates.get(gate_id)
        if gate is None:
            raise ValueError(f'no such feature gate "{gate_id}". valid gates: {", ".join(sorted(self._gates))}')
        if gate.stage is Stage.STABLE and not enabled:
            raise ValueError(f'feature gate "{gate_id}" is stable, can not be disabled')
        if gate.stage is Stage.DEPRECATED and enabled:
            raise ValueError(f'feature gate "{gate_id}" is deprecated, can not be enabled')
        if gate.stage is Stage.STABLE:
            _logger.warning('feature gate "%s" is stable and already enabled; the setting has no effect', gate_id)
        self._set[gate_id] = enabled


@cache
def process_gates() -> FeatureGates:
    """Return the gates of this process: set once from the command line, read by components."""
    return FeatureGates()
