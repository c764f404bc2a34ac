"""A kubeconfig that is none ends in a sentence that names it."""

from pathlib import Path

import pytest

from otel_operator.errors import OperatorError
from otel_operator.kube.connection import connect


@pytest.mark.parametrize(
    "content",
    [b"", b"a:\n\t- b", b"\xff\xfe", b"[]", b"users: 1"],
    ids=["empty", "no YAML", "no text", "a list", "users that are a number"],
)
async def test_what_is_no_kubeconfig_is_named(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    path = tmp_path / "config"
    path.write_bytes(content)
    with pytest.raises(OperatorError, match=f"no connection to Kubernetes: {path} is no kubeconfig file: "):
        await connect(str(path))
