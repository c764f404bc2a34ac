"""Base of the custom resources' models, and the annotations from which their CRD schemas are generated.

Attributes are snake_case, fields camelCase. Unknown fields are kept, so reading never refuses what the API server took.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from otel_operator.json_types import JsonObject


class ApiModel(BaseModel):
    """A struct of a custom resource; every field is optional when read."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")


@dataclass(frozen=True, slots=True)
class Embedded:
    """The value is this Kubernetes type, inlined into the CRD from the pinned OpenAPI document."""

    definition: str
    """Full name in the OpenAPI document, or the bare name of a core/v1 type."""

    @property
    def full_name(self) -> str:
        """The name in the OpenAPI document."""
        return self.definition if "." in self.definition else f"io.k8s.api.core.v1.{self.definition}"


@dataclass(frozen=True, slots=True)
class Schema:
    """Keywords merged into the field's schema: default, enum, minimum and the like."""

    keywords: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Required:
    """The field must be given."""


def described(description: str, **extra: Any) -> Any:
    """Declare a field that may be absent."""
    return Field(default=None, description=description, **extra)


ATOMIC = {"x-kubernetes-list-type": "atomic"}
Obj = JsonObject | None
Objs = list[JsonObject] | None
Text = Annotated[str | None, Schema()]
Flag = Annotated[bool | None, Schema()]
Int32 = Annotated[int | None, Schema({"format": "int32"})]
Count = Annotated[int | None, Schema({"format": "int32", "minimum": 1})]
"""An integer of at least one."""
Texts = Annotated[list[str] | None, Schema()]
StringMap = Annotated[dict[str, str] | None, Schema()]
IntOrString = Annotated[int | str | None, Embedded("io.k8s.apimachinery.pkg.util.intstr.IntOrString")]
FreeForm = Annotated[JsonObject | None, Schema({"x-kubernetes-preserve-unknown-fields": True})]
Selector = Annotated[JsonObject | None, Embedded("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector")]
