from typing import Any

import pytest
from aiohttp import web

from otel_operator.errors import ApiError, Conflict, Gone, Invalid, NotFound
from otel_operator.kinds import CONFIGMAP, DEPLOYMENT, LEASE
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.retry import ONCE

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}, "data": {"a": "b"}}


def status(code: int, reason: str = "Reason", message: str = "said so") -> web.Response:
    return web.json_response({"kind": "Status", "reason": reason, "message": message}, status=code)


async def test_apply_sends_json_as_a_forced_apply_patch(server: Any, client: KubeClient) -> None:
    await client.apply(MAP)
    assert server.requests == [("PATCH", "/api/v1/namespaces/n/configmaps/c?fieldManager=opentelemetry-operator&force=true", MAP)]
    assert server.headers[0]["Content-Type"] == "application/apply-patch+yaml"


async def test_apply_status_goes_to_the_subresource(server: Any, client: KubeClient) -> None:
    await client.apply_status(MAP)
    assert server.requests[0][1].startswith("/api/v1/namespaces/n/configmaps/c/status?")


async def test_the_token_is_sent_without_the_newline_of_its_file(server: Any, client: KubeClient) -> None:
    await client.get(CONFIGMAP, "n", "c")
    assert server.headers[0]["Authorization"] == "bearer secret"


async def test_a_name_that_cannot_be_encoded_is_the_name_of_nothing(server: Any, client: KubeClient) -> None:
    server.answer = lambda request, body: status(404)
    with pytest.raises(NotFound):
        await client.get_metadata(CONFIGMAP, "n", "\ud800")
    assert server.requests[0][1] == "/api/v1/namespaces/n/configmaps/%3F"


@pytest.mark.parametrize("name", ["", ".", "..", "c/log", "../secrets/s", "../../o/configmaps/c", "a%2Fb"])
async def test_a_name_that_would_lead_elsewhere_is_the_name_of_nothing(name: str, server: Any, client: KubeClient) -> None:
    with pytest.raises(NotFound, match="nothing can have this name"):
        await client.get(CONFIGMAP, "n", name)
    assert await client.find(CONFIGMAP, "n", name) is None
    with pytest.raises(NotFound):
        await client.get_metadata(CONFIGMAP, "n", name)
    with pytest.raises(NotFound):
        await client.merge_patch(CONFIGMAP, "n", name, {})
    await client.delete(CONFIGMAP, "n", name)
    assert server.requests == []


async def test_a_namespace_that_would_lead_elsewhere_has_nothing(server: Any, client: KubeClient) -> None:
    with pytest.raises(NotFound):
        await client.get(CONFIGMAP, "o/configmaps/c/../../../n", "c")
    await client.get(CONFIGMAP, "n?watch#", "c")
    assert [path for _, path, _ in server.requests] == ["/api/v1/namespaces/n%3Fwatch%23/configmaps/c"]


async def test_list_follows_the_pages_and_gives_each_item_its_type(server: Any, client: KubeClient) -> None:
    pages = {
        None: {"items": [{"metadata": {"name": "one"}}], "metadata": {"continue": "more"}},
        "more": {"items": [{"metadata": {"name": "two"}}], "metadata": {}},
    }
    server.answer = lambda request, body: web.json_response(pages[request.query.get("continue")])
    items = [item async for item in client.list(DEPLOYMENT, "n", labels="a=b")]
    assert [(item["kind"], item["apiVersion"], item["metadata"]["name"]) for item in items] == [
        ("Deployment", "apps/v1", "one"),
        ("Deployment", "apps/v1", "two"),
    ]
    assert all("labelSelector=a%3Db" in path for _, path, _ in server.requests)


async def test_list_stops_at_its_limit(server: Any, client: KubeClient) -> None:
    page = {"items": [{"metadata": {"name": str(n)}} for n in range(5)], "metadata": {"continue": "more"}}
    server.answer = lambda request, body: web.json_response(page)
    assert len([item async for item in client.list(DEPLOYMENT, limit=3)]) == 3
    assert len(server.requests) == 1


@pytest.mark.parametrize(("code", "error"), [(404, NotFound), (409, Conflict), (410, Gone), (422, Invalid), (403, ApiError)])
async def test_each_refusal_has_its_error_with_request_and_message(
    server: Any, client: KubeClient, code: int, error: type[ApiError]
) -> None:
    server.answer = lambda request, body: status(code)
    with pytest.raises(error) as caught:
        await client.get(LEASE, "n", "x")
    assert (caught.value.status, caught.value.reason, caught.value.message) == (code, "Reason", "said so")
    assert "GET /apis/coordination.k8s.io/v1/namespaces/n/leases/x" in str(caught.value)


async def test_a_patch_is_tried_again_when_the_server_is_busy(server: Any, client: KubeClient) -> None:
    answers = [status(429), status(503), web.json_response({"done": True})]
    server.answer = lambda request, body: answers[len(server.requests) - 1]
    assert await client.apply(MAP) == {"done": True}
    assert len(server.requests) == 3


async def test_tries_end(server: Any, client: KubeClient) -> None:
    server.answer = lambda request, body: status(500, "InternalError", "broken")
    with pytest.raises(ApiError, match="broken"):
        await client.apply(MAP)
    assert len(server.requests) == 3


async def test_an_answer_that_is_no_json_is_quoted_in_part(server: Any, client: KubeClient) -> None:
    server.answer = lambda request, body: web.Response(status=400, text="x" * 5000)
    with pytest.raises(ApiError) as caught:
        await client.get(CONFIGMAP, "n", "c")
    assert len(caught.value.message) == 1000


async def test_a_server_that_is_not_there_is_an_api_error_without_status(server: Any) -> None:
    from otel_operator.kube.connection import Configuration

    client = KubeClient(Connection(Configuration(host="http://127.0.0.1:1"), "n"), retry=ONCE)
    with pytest.raises(ApiError, match="Unreachable") as caught:
        await client.get(CONFIGMAP, "n", "c")
    assert caught.value.status == 0
    await client.close()


async def test_delete_names_the_uid_and_takes_absence_for_success(server: Any, client: KubeClient) -> None:
    server.answer = lambda request, body: status(404)
    await client.delete(DEPLOYMENT, "n", "d", uid="u", propagation="Orphan")
    method, _, body = server.requests[0]
    assert method == "DELETE"
    assert (body["preconditions"], body["propagationPolicy"]) == ({"uid": "u"}, "Orphan")


async def test_json_patch_is_sent_as_operations(server: Any, client: KubeClient) -> None:
    operations = [{"op": "test", "path": "/metadata/uid", "value": "u"}]
    await client.json_patch(DEPLOYMENT, "n", "d", operations)
    assert server.requests[0][2] == operations
    assert server.headers[0]["Content-Type"] == "application/json-patch+json"


async def test_every_try_is_observed(server: Any, connection: Connection) -> None:
    seen: list[tuple[str, int]] = []
    client = KubeClient(connection, retry=ONCE, observe=lambda method, code: seen.append((method, code)))
    await client.get(CONFIGMAP, "n", "c")
    assert seen == [("GET", 200)]
    await client.close()


@pytest.mark.parametrize("text", ["<html>", '{"items": [', "[]"])
async def test_a_success_that_is_no_object_is_an_api_error(server: Any, client: KubeClient, text: str) -> None:
    server.answer = lambda request, body: web.Response(text=text)
    with pytest.raises(ApiError, match=r"GET .*configmaps/c: 200 Unreadable"):
        await client.get(CONFIGMAP, "n", "c")


async def test_a_credential_that_cannot_be_renewed_is_an_api_error(server: Any, connection: Connection) -> None:
    from kubernetes.aio.config.config_exception import ConfigException

    def expired(configuration: Any) -> None:
        raise ConfigException("Token file exists but empty.")

    connection.configuration.refresh_api_key_hook = expired
    client = KubeClient(connection, retry=ONCE)
    with pytest.raises(ApiError, match="Token file exists but empty"):
        await client.get(CONFIGMAP, "n", "c")
    await client.close()
