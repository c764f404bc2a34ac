"""What is known of a time series between scrapes, and of the OTLP metric that it is part of."""

from dataclasses import dataclass
from enum import IntEnum

from otel_agent.pdata.varint import varint
from otel_agent.receivers.prometheus.exposition.native_histogram import NativeHistogram

_TIME_AND_VALUE = 18
"""Bytes behind the attributes of a plain number point."""


class Kind(IntEnum):
    """The OTLP data of a metric; the value is its field number in Metric."""

    GAUGE = 5
    SUM = 7
    HISTOGRAM = 9
    EXPONENTIAL_HISTOGRAM = 10
    SUMMARY = 11


class Role(IntEnum):
    """What a series is to its metric."""

    NUMBER = 0
    BUCKET = 1
    SUM = 2
    COUNT = 3
    CREATED = 4
    QUANTILE = 5
    NATIVE = 6
    TARGET_INFO = 7
    SCOPE_INFO = 8
    IGNORED = 9
    """Has no place in OTLP; it counts among the scraped samples."""
    DROPPED = 10
    """Relabelling dropped it."""


@dataclass(slots=True)
class Family:
    """What HELP, TYPE and UNIT say of a name."""

    name: str
    type: str = "unknown"
    help: str = ""
    unit: str = ""
    used: bool = False
    """Whether some series has been placed by it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Instrumentation scope by labels; all empty means the receiver's own."""

    name: str = ""
    version: str = ""
    schema_url: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MetricKey:
    """Identity of an OTLP metric within a target."""

    job: str
    instance: str
    scope: Scope
    name: str
    kind: Kind
    monotonic: bool = False


@dataclass(slots=True, eq=False)
class Metric:
    """An OTLP metric with the family that describes it."""

    key: MetricKey
    family: Family


@dataclass(frozen=True, slots=True)
class Exemplar:
    """An exemplar as exposed; time in milliseconds since 1970, None when it has none."""

    labels: tuple[tuple[str, str], ...]
    value: float
    timestamp: int | None


@dataclass(frozen=True, slots=True)
class Extra:
    """What few samples have besides their value. Times in milliseconds since 1970."""

    timestamp: int | None = None
    created: int | None = None
    exemplars: tuple[Exemplar, ...] = ()


class Series:
    """One time series. `epoch` is the scrape that set `value` and `extra` last."""

    __slots__ = ("bound", "epoch", "extra", "head", "identity", "labels", "metric", "native", "role", "start", "value")

    def __init__(self, role: Role, identity: int, metric: Metric | None = None, head: bytes = b"", bound: float = 0.0) -> None:
        self.role = role
        self.identity = identity
        """Hash of name and labels after relabelling."""
        self.metric = metric
        self.head = head
        """Attributes in wire format; series of one point have equal ones."""
        self.start = b"\x0a" + varint(len(head) + _TIME_AND_VALUE) + head if role is Role.NUMBER else b""
        """Start of a plain number point: tag, length and attributes; time and value follow."""
        self.bound = bound
        """Upper bound of a bucket, or quantile."""
        self.labels: dict[str, str] = {}
        """Only of info metrics."""
        self.epoch = 0
        self.value = 0.0
        self.native: NativeHistogram | None = None
        self.extra: Extra | None = None

    @property
    def extra_exemplars(self) -> tuple[Exemplar, ...]:
        """Exemplars of the last scrape."""
        return self.extra.exemplars if self.extra is not None else ()
