from __future__ import annotations

from pathlib import Path

import pytest

from e2e.cluster.errors import ClusterError
from e2e.cluster.session import choose, full_name, open_cluster


def test_an_engine_that_answers_wins() -> None:
    assert choose(engine_answers=True, root_on_linux=True) == "kind"


def test_root_on_linux_needs_no_engine() -> None:
    assert choose(engine_answers=False, root_on_linux=True) == "node"


def test_with_neither_the_person_is_told_all_three_ways() -> None:
    with pytest.raises(ClusterError, match=r"Docker or Podman.*root on Linux.*--provider existing"):
        choose(engine_answers=False, root_on_linux=False)


def test_control_plane_components_may_be_named_short() -> None:
    assert full_name("apiserver") == "kube-apiserver"
    assert full_name("kubelet") == "kubelet"


@pytest.mark.parametrize("name", ["", "Upper", "../up", "a" * 33, "-a"])
def test_a_name_that_could_not_be_a_host_or_folder_is_refused(name: str) -> None:
    with pytest.raises(ClusterError, match="cluster name"):
        open_cluster("node", name)


def test_auto_goes_back_to_the_provider_the_cluster_was_brought_up_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OTEL_OPERATOR_CACHE", str(tmp_path))
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "mine.provider").write_text("existing")
    assert not open_cluster("auto", "mine").can_restart_apiserver


def test_an_existing_cluster_is_found_through_the_environment_and_never_restarted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "kc").touch()
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'absent'}:{tmp_path / 'kc'}")
    cluster = open_cluster("existing", "theirs")
    assert cluster.kubeconfig == tmp_path / "kc"
    with pytest.raises(ClusterError, match="not ours to restart"):
        cluster.restart_apiserver()
