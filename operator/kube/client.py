"""Our few verbs on Kubernetes objects as plain dicts, over the REST layer of `kubernetes.aio`.

Not its dynamic client, which costs three times the CPU a call, silently drops query parameters, never retries a PATCH
and trusts a discovery cache in /tmp.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

import aiohttp

from otel_operator.errors import ApiError, Conflict, Gone, Invalid, NotFound, OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind, kind_of
from otel_operator.kube.connection import Connection
from otel_operator.kube.retry import NO_ANSWER, RetryPolicy

FIELD_MANAGER = "opentelemetry-operator"
Propagation = Literal["Background", "Foreground", "Orphan"]

_APPLY = "application/apply-patch+yaml"
_MERGE_PATCH = "application/merge-patch+json"
_JSON_PATCH = "application/json-patch+json"
_JSON = "application/json"
_METADATA = "application/json;as=PartialObjectMetadata{};v=v1;g=meta.k8s.io,application/json"
"""Asks for objects without spec, data and status; what does not know that form answers with the whole."""
_ERRORS: dict[int, type[ApiError]] = {404: NotFound, 409: Conflict, 410: Gone, 422: Invalid}
_NO_NAMES = frozenset({"", ".", ".."})
_NOT_IN_NAMES = frozenset("/%")
"""What Kubernetes allows in no name because names are parts of paths (k8s.io/apimachinery, IsValidPathSegmentName)."""
_PAGE = 250
_LARGEST_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. A watch from `version` (of the last page) on shows what has changed since."""

    items: list[JsonObject]
    version: str


class KubeClient:
    """One connection pool to one API server; close it when done.

    `observe` is called with method and status (0: no answer) after every try, for metrics.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        field_manager: str = FIELD_MANAGER,
        timeout: float = 30.0,
        retry: RetryPolicy | None = None,
        observe: Callable[[str, int], None] | None = None,
    ) -> None:
        self._connection = connection
        self._rest = connection.rest()
        self._timeout = timeout
        self._retry = retry or RetryPolicy()
        self._observe = observe
        self.field_manager = field_manager

    async def close(self) -> None:
        """Close the connections."""
        await self._rest.close()

    async def get(self, kind: Kind, namespace: str | None, name: str) -> JsonObject:
        """Return one object; NotFound if it is not there."""
        return await self.request("GET", _path(kind, namespace, name))

    async def get_metadata(self, kind: Kind, namespace: str | None, name: str) -> JsonObject:
        """Return one object without its content; NotFound if it is not there."""
        return await self.request("GET", _path(kind, namespace, name), accept=accepted(metadata_only=True))

    async def server_version(self) -> JsonObject:
        """Return the API server's version, which has the strings `major` and `minor`."""
        return await self.request("GET", "/version")

    async def find(self, kind: Kind, namespace: str | None, name: str) -> JsonObject | None:
        """Return one object, or None if it is not there."""
        try:
            return await self.get(kind, namespace, name)
        except NotFound:
            return None

    async def list(
        self,
        kind: Kind,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int | None = None,
        metadata_only: bool = False,
    ) -> AsyncIterator[JsonObject]:
        """Yield objects of a kind, fetched by pages; `limit` ends it early. Gone when the list changed under a slow reader."""
        query = {"limit": str(min(limit or _PAGE, _PAGE)), **selection(labels, fields)}
        left = limit if limit is not None else -1
        async for page in self.pages(kind, namespace, query, metadata_only=metadata_only):
            for item in page.items:
                if left == 0:
                    return
                left -= 1
                # Items of a list carry no type of their own.
                yield {"apiVersion": kind.api_version, "kind": kind.kind, **item}
            if left == 0:
                return

    async def pages(
        self, kind: Kind, namespace: str | None = None, query: Mapping[str, str] | None = None, *, metadata_only: bool = False
    ) -> AsyncIterator[Page]:
        """Yield a list page by page, so that only one is in memory. Gone when the list changed under a slow reader."""
        query = {"limit": str(_PAGE), **(query or {})}
        accept = accepted(metadata_only=metadata_only, plural=True)
        while True:
            answer = await self.request("GET", _path(kind, namespace), query, accept=accept)
            metadata = answer.get("metadata") or {}
            yield Page(answer.get("items") or [], str(metadata.get("resourceVersion") or ""))
            token = metadata.get("continue")
            if not token:
                return
            query["continue"] = token

    async def apply(self, obj: JsonObject, *, force: bool = True) -> JsonObject:
        """Server-side apply; returns the live object. Without `force`, Conflict when another manager owns a field."""
        return await self._apply(obj, None, force)

    async def apply_status(self, obj: JsonObject) -> JsonObject:
        """Server-side apply of the status subresource; `metadata.uid`, if given, must match. Never creates: NotFound."""
        return await self._apply(obj, "status", True)

    async def create(self, obj: JsonObject) -> JsonObject:
        """POST; Conflict when the name is taken."""
        kind, meta = kind_of(obj), obj["metadata"]
        return await self.request(
            "POST", _path(kind, meta.get("namespace")), {"fieldManager": self.field_manager}, obj, label=str(meta.get("name"))
        )

    async def replace(self, obj: JsonObject) -> JsonObject:
        """PUT; with `metadata.resourceVersion` Conflict when the object has changed since it was read."""
        kind, meta = kind_of(obj), obj["metadata"]
        return await self.request(
            "PUT", _path(kind, meta.get("namespace"), meta["name"]), {"fieldManager": self.field_manager}, obj
        )

    async def delete(
        self, kind: Kind, namespace: str | None, name: str, *, uid: str | None = None, propagation: Propagation = "Background"
    ) -> None:
        """Delete; gone already is success. Conflict when the live object's uid is another."""
        options: JsonObject = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            await self.request("DELETE", _path(kind, namespace, name), None, options)
        except NotFound:
            return

    async def merge_patch(
        self, kind: Kind, namespace: str | None, name: str, patch: JsonObject, subresource: str | None = None
    ) -> JsonObject:
        """RFC 7386 patch; returns the live object."""
        return await self._patch(_path(kind, namespace, name, subresource), _MERGE_PATCH, patch)

    async def json_patch(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        operations: Sequence[JsonObject],
        subresource: str | None = None,
        *,
        metadata_only: bool = False,
    ) -> JsonObject:
        """RFC 6902 patch, whose `test` operations make it conditional (Invalid when one fails).

        Returns the live object; without its content if `metadata_only`.
        """
        path = _path(kind, namespace, name, subresource)
        return await self._patch(path, _JSON_PATCH, [*operations], accepted(metadata_only=metadata_only))

    async def _apply(self, obj: JsonObject, subresource: str | None, force: bool) -> JsonObject:
        kind, meta = kind_of(obj), obj["metadata"]
        query = {"fieldManager": self.field_manager, "force": "true" if force else "false"}
        path = _path(kind, meta.get("namespace"), meta["name"], subresource)
        return await self.request("PATCH", path, query, obj, content_type=_APPLY)

    async def _patch(self, path: str, content_type: str, patch: Any, accept: str = _JSON) -> JsonObject:
        query = {"fieldManager": self.field_manager}
        return await self.request("PATCH", path, query, patch, content_type=content_type, accept=accept)

    async def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        content_type: str = _JSON,
        accept: str = _JSON,
        label: str = "",
    ) -> JsonObject:
        """Send one request, again if that may help, and return the decoded answer.

        `label` completes the path in error messages. Raises the ApiError of the last try.
        """
        url = self._connection.server + path + (f"?{urlencode(query)}" if query else "")
        said = f"{method} {path}" + (f" ({label})" if label else "")
        attempt = 0
        while True:
            attempt += 1
            status, text, retry_after = await self._once(method, url, body, content_type, accept)
            if self._observe is not None:
                self._observe(method, status)
            if 200 <= status < 300:
                return _decoded(said, status, text)
            pause = self._retry.delay(attempt, status, retry_after, random.random())  # noqa: S311 (spread, not a secret)
            if pause is None:
                raise api_error(said, status, text)
            await asyncio.sleep(pause)

    async def _once(self, method: str, url: str, body: Any, content_type: str, accept: str) -> tuple[int, str, str | None]:
        """One try: status (NO_ANSWER with the cause as text when the connection failed), body, Retry-After."""
        headers = {"Accept": accept, "Content-Type": content_type, "User-Agent": "otel-operator"}
        try:
            if value := await self._connection.authorization():
                headers["Authorization"] = value
            response = await self._rest.request(
                method, url, headers=headers, body=body, _request_timeout=aiohttp.ClientTimeout(total=self._timeout)
            )
            data: bytes = await response.read()
        except TimeoutError:
            return NO_ANSWER, f"no answer within {self._timeout:g} s", None
        except (aiohttp.ClientError, OSError, OperatorError) as error:
            return NO_ANSWER, f"{type(error).__name__}: {error}", None
        return int(response.status), data.decode("utf-8", "replace"), response.headers.get("Retry-After")


def _decoded(request: str, status: int, text: str) -> JsonObject:
    try:
        answer = json.loads(text or "{}")
    except ValueError as error:
        raise ApiError(request, status, "Unreadable", f"the answer is no JSON: {error}") from error
    if not isinstance(answer, dict):
        raise ApiError(request, status, "Unreadable", f"the answer is no object but {type(answer).__name__}")
    return answer


def selection(labels: str, fields: str) -> dict[str, str]:
    """Return the query of a list or watch for a label and a field selector, each "" for all objects."""
    return {name: value for name, value in (("labelSelector", labels), ("fieldSelector", fields)) if value}


def accepted(*, metadata_only: bool, plural: bool = False) -> str:
    """Return the Accept header for whole objects or their metadata; `plural` for a list."""
    return _METADATA.format("List" if plural else "") if metadata_only else _JSON


def api_error(request: str, status: int, text: str) -> ApiError:
    """Build the error of an answer that is not a success, from its Status object where there is one."""
    if status == NO_ANSWER:
        return ApiError(request, status, "Unreachable", text)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    message = str(answer.get("message") or text.strip() or "no message")[:_LARGEST_MESSAGE]
    return _ERRORS.get(status, ApiError)(request, status, str(answer.get("reason") or "Error"), message)


def _path(kind: Kind, namespace: str | None, name: str | None = None, subresource: str | None = None) -> str:
    """Return the REST path of an object, or of the collection where there is no name.

    Raises NotFound for what can be the name of nothing, and would lead elsewhere: names come from annotations and owner
    references of pods, and `../../kube-system/secrets/x` is a path.
    """
    for part in (namespace or None, name):
        if part is not None and (part in _NO_NAMES or _NOT_IN_NAMES & set(part)):
            raise NotFound(f"{kind.kind} {part!r}", 404, "NotFound", "nothing can have this name")
    return kind.path(_quoted(namespace), _quoted(name), subresource)


def _quoted(name: str | None) -> str | None:
    """Return a name as part of a path; what cannot be encoded can only be the name of nothing."""
    return None if name is None else quote(name, errors="replace")
