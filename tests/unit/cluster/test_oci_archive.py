from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from e2e.cluster.oci_archive import write_program_image


def read(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar.getmembers()}  # type: ignore[union-attr]


def test_every_digest_and_size_in_the_archive_is_that_of_its_blob(tmp_path: Path) -> None:
    program = tmp_path / "pause"
    program.write_bytes(b"\x7fELF")
    write_program_image(tmp_path / "image.tar", "localhost/pause:1", program)
    files = read(tmp_path / "image.tar")
    (entry,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(files[f"blobs/sha256/{entry['digest'].removeprefix('sha256:')}"])
    for described in (entry, manifest["config"], *manifest["layers"]):
        blob = files[f"blobs/sha256/{described['digest'].removeprefix('sha256:')}"]
        assert described["size"] == len(blob)
        assert described["digest"] == f"sha256:{hashlib.sha256(blob).hexdigest()}"
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == "localhost/pause:1"


def test_the_program_is_executable_and_the_entry_point(tmp_path: Path) -> None:
    program = tmp_path / "pause"
    program.write_bytes(b"\x7fELF")
    write_program_image(tmp_path / "image.tar", "localhost/pause:1", program)
    files = read(tmp_path / "image.tar")
    (entry,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(files[f"blobs/sha256/{entry['digest'].removeprefix('sha256:')}"])
    config = json.loads(files[f"blobs/sha256/{manifest['config']['digest'].removeprefix('sha256:')}"])
    assert config["config"]["Entrypoint"] == ["/pause"]
    layer = files[f"blobs/sha256/{manifest['layers'][0]['digest'].removeprefix('sha256:')}"]
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        assert tar.getmember("pause").mode == 0o755
