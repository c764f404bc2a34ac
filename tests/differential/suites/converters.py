"""Every converter of OTTL: `set(attributes["out"], Converter(...))` over log records, each of which is one call.

A record names its template and has the arguments in its attributes `a0`, `a1`, ...
"""

from __future__ import annotations

from random import Random

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.differential.comparing import Difference
from tests.differential.generating import fill, fill_attributes
from tests.differential.suite import Suite
from tests.differential.suites.known_converters import known
from tests.differential.suites.templates import GROUPS, Template

_RECORDS = 100
_RECORDS_OF = {"strptime": 10, "locales": 1}
"""The Go collector panics over days that there are not, such as February 30: then the request has no answer."""


def _arguments(template: Template) -> str:
    text = template.text
    for index in range(len(template.arguments)):
        text = text.replace(f"${index}", f'attributes["a{index}"]')
    return text.replace("$", "$$")


def _suite(group: str, templates: tuple[Template, ...]) -> Suite:
    statements = [
        f'set({template.target}, {_arguments(template)}) where attributes["case"] == {number}'
        for number, template in enumerate(templates)
    ]
    processors = {"transform": {"error_mode": "silent", "log_statements": [{"context": "log", "statements": statements}]}}

    def generate(random: Random) -> ExportLogsServiceRequest:
        request = ExportLogsServiceRequest()
        records = request.resource_logs.add().scope_logs.add().log_records
        for _ in range(_RECORDS_OF.get(group, _RECORDS)):
            number = random.randrange(len(templates))
            record = records.add()
            fill(record.body, "")
            arguments = {f"a{index}": make(random) for index, make in enumerate(templates[number].arguments)}
            fill_attributes(record.attributes, {"case": number, **arguments})
        return request

    def template_of(difference: Difference) -> str:
        item = (difference.sent or difference.go or difference.ours).item  # type: ignore[union-attr]
        number: int = item["attributes"]["case"]["int"]
        return templates[number].text

    return Suite(
        f"transform-converters-{group}",
        "logs",
        processors,
        generate,
        lambda difference: known(template_of(difference), difference),
        template_of,
    )


SUITES: tuple[Suite, ...] = tuple(_suite(group, templates) for group, templates in GROUPS.items())
