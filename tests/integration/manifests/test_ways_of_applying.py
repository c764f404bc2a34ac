"""Who applied the install file with kubectl may go on with a GitOps tool: no field has to be taken by force."""

from pathlib import Path

from e2e.cluster.apiserver import ApiServer

INSTALL = Path(__file__).resolve().parents[3] / "manifests" / "opentelemetry-operator.yaml"


def test_server_side_apply_after_client_side_apply_meets_no_conflict(pristine: ApiServer) -> None:
    client_side = pristine.kubectl("apply", f"--filename={INSTALL}")
    # kubectl fails with the fields' names where another manager has another value for one.
    server_side = pristine.kubectl("apply", "--server-side", f"--filename={INSTALL}")
    assert len(server_side.splitlines()) == len(client_side.splitlines())
