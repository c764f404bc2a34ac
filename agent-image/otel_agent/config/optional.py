"""The three kinds of optional block in Go configurations, as field types.

| type               | key absent | `x:` (null)   | `x: {}`  |
| NoneBlock[Model]   | off        | off           | defaults |
| DefaultBlock[Model]| off        | defaults (on) | defaults |
| SomeBlock[Model]   | defaults   | defaults      | defaults |

In all three `enabled: false` inside the block turns it off, and off is None:

    class Protocols(ConfigModel):
        grpc: DefaultBlock[OtlpGrpcConfig] = None           # `grpc:` alone starts the gRPC server
    class ServerConfig(ConfigModel):
        tls: NoneBlock[TlsServerConfig] = None
    class ExporterConfig(ConfigModel):
        sending_queue: SomeBlock[QueueConfig] = Field(default_factory=QueueConfig)

Defaults of a block are the field defaults of its model; subclass the model to give a component its own.
"""

from enum import Enum
from typing import Annotated, TypeVar

T = TypeVar("T")


class BlockKind(Enum):
    """Field metadata that tells the decoder what null means."""

    NONE = "none"
    DEFAULT = "default"
    SOME = "some"


NoneBlock = Annotated[T | None, BlockKind.NONE]
DefaultBlock = Annotated[T | None, BlockKind.DEFAULT]
SomeBlock = Annotated[T | None, BlockKind.SOME]
