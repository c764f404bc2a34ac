"""Cross-origin rules of browsers: which headers answer a request from a web page. Pure."""

import fnmatch
import re
from collections.abc import Mapping

from otel_agent.config.blocks.http_server import CorsConfig

_ALWAYS_ALLOWED = ("accept", "content-type", "x-requested-with")
_METHODS = ("GET", "POST", "HEAD")


class Cors:
    """Rules of one server; without allowed_origins they never apply."""

    def __init__(self, config: CorsConfig | None) -> None:
        self._config = config or CorsConfig()
        origins = [origin.lower() for origin in self._config.allowed_origins]
        self._any_origin = "*" in origins
        self._origins = [re.compile(fnmatch.translate(re.sub(r"[\[\]?]", r"[\g<0>]", origin))) for origin in origins]
        self._any_header = "*" in self._config.allowed_headers
        self._headers = {header.lower() for header in (*self._config.allowed_headers, *_ALWAYS_ALLOWED)}

    @property
    def enabled(self) -> bool:
        """Whether any origin is allowed."""
        return bool(self._origins)

    def answer(self, origin: str | None) -> dict[str, str]:
        """Headers to add to the answer to an ordinary request."""
        if not self.enabled:
            return {}
        headers = {"Vary": "Origin"}
        if origin is not None and self._allows(origin):
            headers |= self._grant(origin)
            if self._config.exposed_headers:
                headers["Access-Control-Expose-Headers"] = ", ".join(self._config.exposed_headers)
        return headers

    def preflight(self, headers: Mapping[str, str]) -> dict[str, str] | None:
        """Headers of the answer to an OPTIONS request; None when it is not a browser's question."""
        origin, method = headers.get("Origin"), headers.get("Access-Control-Request-Method")
        if not self.enabled or origin is None or method is None:
            return None
        answer = {"Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
        requested = headers.get("Access-Control-Request-Headers", "")
        names = {name.strip().lower() for name in requested.split(",") if name.strip()}
        if not self._allows(origin) or method not in _METHODS or not (self._any_header or names <= self._headers):
            return answer
        answer |= self._grant(origin) | {"Access-Control-Allow-Methods": method}
        if requested:
            answer["Access-Control-Allow-Headers"] = requested
        if self._config.max_age:
            answer["Access-Control-Max-Age"] = str(self._config.max_age)
        return answer

    def _allows(self, origin: str) -> bool:
        return self._any_origin or any(pattern.fullmatch(origin.lower()) for pattern in self._origins)

    def _grant(self, origin: str) -> dict[str, str]:
        allowed = "*" if self._any_origin else origin
        return {"Access-Control-Allow-Origin": allowed, "Access-Control-Allow-Credentials": "true"}
