"""One tree from the wheels of several Python versions."""

import zipfile
from pathlib import Path

import pytest

from e2e.cluster.errors import BuildError
from e2e.images.wheel_tree import unpack


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return folder / name


def tree(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_extensions_of_several_pythons_lie_side_by_side_and_modules_once(tmp_path: Path) -> None:
    wheels = [
        wheel(tmp_path, f"a-1-{tag}.whl", {"a/__init__.py": "same", f"a/x.{tag}.so": tag, "a-1.dist-info/WHEEL": tag})
        for tag in ("cp310", "cp311")
    ]
    unpack(wheels, tmp_path / "tree")
    assert tree(tmp_path / "tree") == {
        "a/__init__.py": "same",
        "a/x.cp310.so": "cp310",
        "a/x.cp311.so": "cp311",
        "a-1.dist-info/WHEEL": "cp310",
    }


def test_a_module_that_differs_between_wheels_is_refused(tmp_path: Path) -> None:
    wheels = [wheel(tmp_path, f"a-1-{tag}.whl", {"a/__init__.py": tag}) for tag in ("cp310", "cp311")]
    with pytest.raises(BuildError, match=r"__init__\.py of a-1-cp311\.whl differs"):
        unpack(wheels, tmp_path / "tree")


def test_modules_in_a_wheels_data_folder_are_unpacked_and_programs_left_out(tmp_path: Path) -> None:
    files = {"a-1.data/purelib/a.py": "pure", "a-1.data/platlib/b.so": "plat", "a-1.data/scripts/a": "program"}
    unpack([wheel(tmp_path, "a-1.whl", files)], tmp_path / "tree")
    assert tree(tmp_path / "tree") == {"a.py": "pure", "b.so": "plat"}


@pytest.mark.parametrize("name", ["../a.py", "a/../../b.py", "/a.py", "a-1.data/purelib/../../../b.py"])
def test_a_path_outside_of_the_tree_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="outside"):
        unpack([wheel(tmp_path, "a-1.whl", {name: "x"})], tmp_path / "tree")
