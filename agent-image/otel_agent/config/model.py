"""Base of every component's configuration model. Component models import all they need from here."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer, model_validator

from otel_agent.config.decoding import decode_fields
from otel_agent.config.expanded import unwrapped
from otel_agent.config.optional import BlockKind, DefaultBlock, NoneBlock, SomeBlock
from otel_agent.config.scalars import Duration, Opaque, format_duration, parse_duration

__all__ = ["ConfigModel", "DefaultBlock", "Duration", "NoneBlock", "Opaque", "SomeBlock", "format_duration", "parse_duration"]


class ConfigModel(BaseModel):
    """Unknown keys are errors and types are strict, as in the Go collector's decoder.

    A null body is the defaults, a null key keeps its field's default (see `otel_agent.config.optional` for blocks that may
    be off). What Go embeds with `squash` is multiple inheritance here, so give every `model_validator` its own name.
    Checks that Go has in `Validate` are after-validators that raise ValueError; their text is shown behind the path.
    Before-validators of subclasses see raw values, `ExpandedValue` among them; those of fields see fitted ones.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def decode_like_go(cls, raw: Any) -> Any:
        """Fit raw values to the fields; instances pass unchanged."""
        raw = unwrapped(raw)
        if raw is None:
            return {}
        return decode_fields(cls, raw) if isinstance(raw, Mapping) else raw

    @model_serializer(mode="wrap")
    def keep_blocks_off(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write blocks that are off so that reading them back leaves them off."""
        written: dict[str, Any] = serialize(self)
        for name, info in type(self).model_fields.items():
            kind = next((item for item in info.metadata if isinstance(item, BlockKind)), None)
            if kind is None or getattr(self, name) is not None:
                continue
            for key in (name, info.alias):
                if key in written and kind is BlockKind.SOME:
                    written[key] = {"enabled": False}
                elif key is not None:
                    written.pop(key, None)
        return written
