"""flatten_data: every log record with a resource and scope of its own, so that statements about those change one record only."""

from typing import Any


def flatten(request: Any) -> None:
    """Give each record copies of its resource and scope."""
    before = type(request)()
    before.CopyFrom(request)
    del request.resource_logs[:]
    for of_resource in before.resource_logs:
        for of_scope in of_resource.scope_logs:
            for record in of_scope.log_records:
                flat = request.resource_logs.add(schema_url=of_resource.schema_url)
                flat.resource.CopyFrom(of_resource.resource)
                scope = flat.scope_logs.add(schema_url=of_scope.schema_url)
                scope.scope.CopyFrom(of_scope.scope)
                scope.log_records.add().CopyFrom(record)


def join(request: Any) -> None:
    """Put records with equal resources and scopes together again, where the first of them is."""
    before = type(request)()
    before.CopyFrom(request)
    del request.resource_logs[:]
    resources: dict[tuple[bytes, str], Any] = {}
    scopes: dict[tuple[bytes, str, bytes, str], Any] = {}
    for of_resource in before.resource_logs:
        key = (of_resource.resource.SerializeToString(deterministic=True), of_resource.schema_url)
        resource = resources.get(key)
        if resource is None:
            resource = resources[key] = request.resource_logs.add(schema_url=of_resource.schema_url)
            resource.resource.CopyFrom(of_resource.resource)
        for of_scope in of_resource.scope_logs:
            scope_key = (*key, of_scope.scope.SerializeToString(deterministic=True), of_scope.schema_url)
            scope = scopes.get(scope_key)
            if scope is None:
                scope = scopes[scope_key] = resource.scope_logs.add(schema_url=of_scope.schema_url)
                scope.scope.CopyFrom(of_scope.scope)
            scope.log_records.extend(of_scope.log_records)
