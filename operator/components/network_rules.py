"""Whether `spec.ports` and `spec.ingress` can be written into Services and Ingresses."""

from collections.abc import Iterator

from otel_operator.api.finding import Finding, Rule, at
from otel_operator.components.collector_config import mapping, spec_of
from otel_operator.components.ports import given_ports
from otel_operator.json_types import JsonObject
from otel_operator.naming import UNCUT_NAME, is_port_name, is_port_number


def spec_ports(collector: JsonObject) -> Iterator[Finding]:
    """Report ports without a usable name or number, and those that a Service cannot hold beside one before them."""
    first: dict[tuple[str, object], int] = {}
    for index, port in enumerate(given_ports(spec_of(collector))):
        name, number = str(port.get("name") or ""), port.get("port")
        if not is_port_name(name):
            yield at(
                Rule.PORTS,
                ("spec", "ports", index, "name"),
                f"the OpenTelemetry Spec Ports configuration is incorrect, port name {name!r}: "
                "use at most 15 of a-z, 0-9 and -, with a letter, and no - at the ends or twice in a row",
            )
        if not is_port_number(number):
            yield at(
                Rule.PORTS,
                ("spec", "ports", index, "port"),
                f"the OpenTelemetry Spec Ports configuration is incorrect, port name {name!r} num "
                f"{number!r}: use a number between 1 and 65535",
            )
        for field, key in (("name", name), ("port", (number, port.get("protocol") or "TCP"))):
            earlier = first.setdefault((field, key), index)
            if earlier != index:
                yield at(
                    Rule.PORTS,
                    ("spec", "ports", index, field),
                    f"the same as that of spec.ports[{earlier}]; a Service takes each once",
                )


def ingress_host(collector: JsonObject) -> Iterator[Finding]:
    """Report subdomain rules without a domain to be under."""
    ingress = mapping(spec_of(collector).get("ingress"))
    hostname = ingress.get("hostname") or ""
    if ingress.get("ruleType") == "subdomain" and hostname in ("", "*"):
        yield at(
            Rule.INGRESS,
            ("spec", "ingress", "hostname"),
            f"{hostname!r} is no domain for ruleType subdomain, which makes <port>.<hostname>; "
            "give the domain or use ruleType path",
        )


def name_warnings(collector: JsonObject) -> Iterator[Finding]:
    """Warn of a name whose children's names are cut or are no Service names."""
    name = str(mapping(collector.get("metadata")).get("name") or "")
    if len(name) > UNCUT_NAME:
        yield at(
            Rule.NAME,
            ("metadata", "name"),
            f"{len(name)} characters are more than {UNCUT_NAME}, so names of children are cut and two collectors "
            "whose names begin alike would share them; choose a shorter name",
        )
    if name[:1].isdigit():
        yield at(
            Rule.NAME,
            ("metadata", "name"),
            f"{name!r} begins with a digit, which many clusters refuse in names of Services; begin with a letter",
        )
