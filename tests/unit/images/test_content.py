"""Content is put where an image's Dockerfile copies it from."""

from pathlib import Path

import pytest

from e2e.images import build


def test_content_is_readable_for_every_user_and_replaces_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "CONTENT", tmp_path / "content")
    (tmp_path / "content" / "agent" / "stale").mkdir(parents=True)
    source = tmp_path / "source"
    (source / "folder").mkdir(parents=True)
    (source / "folder" / "file").write_text("x")
    (source / "folder" / "file").chmod(0o600)
    (source / "folder").chmod(0o700)
    build.place(source, "agent")
    placed = tmp_path / "content" / "agent"
    assert sorted(path.relative_to(placed).as_posix() for path in placed.rglob("*")) == ["folder", "folder/file"]
    assert (placed / "folder").stat().st_mode & 0o777 == 0o755
    assert (placed / "folder" / "file").stat().st_mode & 0o777 == 0o644
    assert (source / "folder" / "file").stat().st_mode & 0o777 == 0o600, "the cache's own copy stays as it is"


@pytest.mark.parametrize("name", ["operator", "collector", "storefront", "catalog", "stock", "reviews"])
def test_no_image_depends_on_a_variable_that_injection_sets(name: str) -> None:
    dockerfile = (build.ROOT / build.IMAGES[name].dockerfile).read_text()
    for variable in ("PYTHONPATH", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS"):
        assert f"{variable}=" not in dockerfile, "a variable in a pod takes the place of the image's"
