import os
from pathlib import Path

import pytest

from otel_agent.config.file_watch import WatchedFiles
from otel_agent.config.providers import read_file


@pytest.fixture
def files() -> WatchedFiles:
    return WatchedFiles(read_file)


def rewrite(path: Path, text: str) -> None:
    """Write with another modification time than before, however coarse the clock of the file system is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


def load(files: WatchedFiles, *paths: Path) -> None:
    for path in paths:
        files.read(str(path))
    files.commit()


def test_a_write_of_other_content_is_a_change_and_one_of_the_same_is_not(files: WatchedFiles, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    rewrite(path, "a: 1")
    load(files, path)
    assert files.changed() == []
    rewrite(path, "a: 1")
    assert files.changed() == []
    rewrite(path, "a: 2")
    assert files.changed() == [str(path)]
    load(files, path)
    assert files.changed() == []


def test_a_mounted_config_map_that_is_swapped_is_a_change(files: WatchedFiles, tmp_path: Path) -> None:
    for folder, text in (("..2026_1", "a: 1"), ("..2026_2", "a: 2")):
        (tmp_path / folder).mkdir()
        rewrite(tmp_path / folder / "config.yaml", text)
    data, path = tmp_path / "..data", tmp_path / "config.yaml"
    data.symlink_to("..2026_1")
    path.symlink_to("..data/config.yaml")
    load(files, path)
    (tmp_path / "..data_tmp").symlink_to("..2026_2")
    (tmp_path / "..data_tmp").rename(data)
    assert files.changed() == [str(path)]


def test_a_file_that_goes_and_comes_back_is_a_change_each_time(files: WatchedFiles, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    rewrite(path, "a: 1")
    load(files, path)
    path.unlink()
    assert files.changed() == [str(path)]
    with pytest.raises(OSError, match="unable to read"):
        files.read(str(path))
    files.accept()
    assert files.changed() == []
    rewrite(path, "a: 1")
    assert files.changed() == [str(path)]


def test_after_a_failed_load_files_it_did_not_reach_stay_watched(files: WatchedFiles, tmp_path: Path) -> None:
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    rewrite(first, "a: 1")
    rewrite(second, "b: 1")
    load(files, first, second)
    rewrite(first, "a: [")
    rewrite(second, "b: 2")
    files.read(str(first))
    files.accept()
    assert files.changed() == []
    rewrite(second, "b: 3")
    assert files.changed() == [str(second)]


def test_files_that_are_no_longer_read_are_forgotten(files: WatchedFiles, tmp_path: Path) -> None:
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    rewrite(first, "a: 1")
    rewrite(second, "b: 1")
    load(files, first, second)
    load(files, first)
    assert files.paths == [str(first)]


def test_a_write_while_the_file_is_being_read_is_seen_later(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    rewrite(path, "a: 1")

    def read(location: str) -> str:
        text = read_file(location)
        rewrite(path, "a: 2")
        return text

    files = WatchedFiles(read)
    assert files.read(str(path)) == "a: 1"
    files.commit()
    assert files.changed() == [str(path)]
