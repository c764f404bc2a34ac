"""Names of every object, volume, container and port that belongs to a collector.

The rules are those of the Go operator, so that its objects are taken over instead of made anew. They have one weakness that
is kept for that reason: names are cut, not hashed, so two collectors in a namespace whose long names begin alike would share
children. Validation warns above `UNCUT_NAME` characters.
"""

import re

MAX_LABEL = 63
"""Longest DNS label, and longest label value."""
UNCUT_NAME = 43
"""Longest collector name of which no child's name loses a character."""

CONTAINER = "otc-container"
CONFIG_VOLUME = "otc-internal"
CONFIG_KEY = "collector.yaml"
"""Data key of the ConfigMap and file name in the container."""

_TRIM = re.compile(r"^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$")
_PORT_TOKEN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_MAX_PORT_NAME = 15


def truncate(fmt: str, limit: int, *args: str) -> str:
    """Format `fmt` (`%s` placeholders) with `args` and bring the result down to `limit` characters.

    Arguments give way from left to right: one that is longer than the excess loses its tail, one that is not becomes empty.
    Text that still does not fit is cut and returned as it is; else characters that are not alphanumeric are trimmed from both
    ends.
    """
    excess = len(fmt % args) - limit
    kept = []
    for arg in args:
        loss = max(0, min(excess, len(arg)))
        kept.append(arg[: len(arg) - loss])
        excess -= loss
    text = fmt % tuple(kept)
    return text[:limit] if len(text) > limit else _TRIM.sub("", text)


def dns_name(text: str) -> str:
    """Lowercase `text`; what is not [a-z0-9] becomes `-`, or `a` where it is the first or last character."""
    lowered = text.lower()
    last = len(lowered) - 1
    return "".join(
        char if char in "abcdefghijklmnopqrstuvwxyz0123456789" else "a" if index in (0, last) else "-"
        for index, char in enumerate(lowered)
    )


def _name(fmt: str, *args: str) -> str:
    return dns_name(truncate(fmt, MAX_LABEL, *args))


def collector(name: str) -> str:
    """Name the workload of a collector."""
    return _name("%s-collector", name)


def service(name: str) -> str:
    """Name the main Service."""
    return _name("%s-collector", name)


def service_account(name: str) -> str:
    """Name the ServiceAccount that is made where `spec.serviceAccount` is unset."""
    return _name("%s-collector", name)


def headless_service(name: str) -> str:
    """Name the Service without a cluster IP, which also governs StatefulSets."""
    return _name("%s-headless", service(name))


def monitoring_service(name: str) -> str:
    """Name the Service of the collector's own metrics."""
    return _name("%s-monitoring", service(name))


def extension_service(name: str) -> str:
    """Name the Service of the extensions' ports."""
    return _name("%s-extension", service(name))


def alias_service(name: str) -> str | None:
    """Name the Service that answers to the collector's own name; None where that is no valid Service name.

    Nor where another collector's Services are called so: `foo-collector` belongs to `foo`.
    """
    valid = len(name) <= MAX_LABEL and re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name)
    taken = (service(name), headless_service(name), monitoring_service(name), extension_service(name))
    of_another = name.endswith(("-collector", "-collector-headless", "-collector-monitoring", "-collector-extension"))
    return name if valid and not of_another and name not in taken else None


def config_map(name: str, sha256: str) -> str:
    """Name the ConfigMap of a configuration whose hash is `sha256` (hex, of which 8 digits are used)."""
    return _name("%s-collector-%s", name, sha256[:8])


def extra_config_map_volume(config_map_name: str) -> str:
    """Name the volume of an entry of `spec.configmaps`."""
    return _name("configmap-%s", config_map_name)


def port_name(component: str, port: int) -> str:
    """Name the port of a component id (`otlp-grpc`, `zipkin/second`): the id where it is a port name, else `port-<number>`."""
    candidate = component.replace("/", "-").replace("_", "-")
    usable = len(component) <= _MAX_PORT_NAME and _PORT_TOKEN.fullmatch(candidate)
    return candidate if usable else numbered_port_name(port)


def numbered_port_name(port: int) -> str:
    """Name a port that has no usable name of its own, or whose name is taken."""
    return f"port-{port}"


def is_port_name(name: str) -> bool:
    """Tell whether `name` can name a container port: at most 15 of [a-z0-9-], with a letter, no `-` at the ends or twice."""
    return (
        len(name) <= _MAX_PORT_NAME
        and _PORT_TOKEN.fullmatch(name) is not None
        and "--" not in name
        and any(char.isalpha() for char in name)
    )


def is_port_number(number: object) -> bool:
    """Tell whether `number` is an integer between 1 and 65535."""
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 16
