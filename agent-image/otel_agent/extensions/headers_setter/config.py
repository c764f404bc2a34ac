"""Configuration of the headers_setter extension."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.ids import ComponentIdText
from otel_agent.config.model import ConfigModel, Opaque

_SOURCES = ("value", "value_file", "from_context", "from_attribute")


class HeaderConfig(ConfigModel):
    """One header and where its value comes from."""

    action: Literal["", "insert", "update", "upsert", "delete"] = "upsert"
    key: str = ""
    value: Opaque | None = None
    value_file: str = ""
    """Read again when it changes."""
    from_context: str = ""
    """Name of a header of the request that brought the data; needs `include_metadata` on the receiver."""
    from_attribute: str = ""
    """Name of something the receiver's authenticator found out, such as `username`; `auth.` may stand before it."""
    default_value: Opaque | None = None
    """Used when the context or the authenticator has none."""

    @model_validator(mode="after")
    def check_header(self) -> Self:
        """Demand a key, and exactly one source unless the header is deleted."""
        if not self.key:
            raise ValueError("missing header name: set `key`")
        given = [name for name in _SOURCES if getattr(self, name) not in (None, "")]
        if self.action == "delete":
            return self
        if not given:
            raise ValueError(f'missing header source of "{self.key}": set one of {", ".join(_SOURCES)}')
        if len(given) > 1:
            raise ValueError(f'invalid header source of "{self.key}": {" and ".join(given)} exclude each other')
        if self.default_value is not None and given[0] in ("value", "value_file"):
            raise ValueError(f'"{self.key}": default_value has no meaning with {given[0]}, remove it')
        return self


class HeadersSetterConfig(ConfigModel):
    """Changes to the headers, in their order."""

    headers: list[HeaderConfig] = Field(default_factory=list)
    additional_auth: ComponentIdText | None = None
    """Another extension that adds its credentials first."""

    @model_validator(mode="after")
    def check_headers_setter(self) -> Self:
        """There is something to do."""
        if not self.headers:
            raise ValueError("missing headers configuration: list at least one under `headers`")
        return self
