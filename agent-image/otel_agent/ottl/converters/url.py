"""URL: the parts of an address as attributes of the semantic conventions."""

from otel_agent.ottl.converters.address import parse_address, unescaped
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import INT64_MAX, EvaluationError, Value

_MOST_PARAMETERS = 10_000


def parse_url(uri: str) -> dict[str, Value]:
    """Return url.original, .domain, .scheme, .path, and what there is of .port, .fragment, .query, .extension and the user.

    A text that begins with `?` is a query alone: `query` maps its names to lists of values. EvaluationError for no address.
    """
    if not uri:
        raise EvaluationError("URL: the text is empty")
    try:
        return _query(uri[1:]) if uri.startswith("?") else _parts(uri)
    except ValueError as error:
        raise EvaluationError(f"URL: {error}") from error


def _parts(uri: str) -> dict[str, Value]:
    address = parse_address(uri)
    parts: dict[str, Value] = {
        "url.original": address.original,
        "url.domain": address.hostname,
        "url.scheme": address.scheme,
        "url.path": address.path,
    }
    if address.port:
        if len(address.port.lstrip("0")) > 19 or int(address.port) > INT64_MAX:
            raise ValueError(f"the port {address.port[:24]} is too large")
        parts["url.port"] = int(address.port)
    if address.user is not None:
        name, password = address.user
        parts["url.user_info"] = address.user_info
        if name:
            parts["url.username"] = name
        if password is not None:
            parts["url.password"] = password
    if address.fragment:
        parts["url.fragment"] = address.fragment
    if address.query:
        parts["url.query"] = address.query
    _, dot, extension = address.path.rpartition(".")
    if dot and extension:
        parts["url.extension"] = extension
    return parts


def _query(query: str) -> dict[str, Value]:
    parameters: dict[str, Value] = {}
    pairs = query.split("&", _MOST_PARAMETERS)
    if len(pairs) > _MOST_PARAMETERS:
        raise ValueError(f"the query has more than {_MOST_PARAMETERS} parameters")
    for pair in pairs:
        if ";" in pair:
            raise ValueError("the query has a semicolon")
        if pair:
            name, _, value = pair.replace("+", " ").partition("=")
            parameters.setdefault(unescaped(name), []).append(unescaped(value))
    return {"query": parameters} if parameters else {}


FUNCTIONS: tuple[Function, ...] = (Function("URL", (Parameter("uri", Kind.STRING),), parse_url),)
