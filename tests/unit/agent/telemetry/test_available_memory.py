from pathlib import Path

import pytest

from otel_agent.telemetry.available_memory import available_bytes

MIB = 1024 * 1024


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in {"proc/meminfo": "MemFree: 1 kB\nMemTotal: 1024 kB\n", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, MIB),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4096\n"}, 4096),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, MIB),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/memory.max": "max\n",
                "sys/fs/cgroup/a/memory.max": "8192\n",
            },
            8192,
        ),
        ({"proc/self/cgroup": "4:cpu,memory:/x\n", "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "5000\n"}, 5000),
        ({"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, MIB),
        ({"proc/self/cgroup": "0::/../..\n", "sys/fs/cgroup/memory.max": "4096\n"}, 4096),
    ],
)
def test_available_memory_is_the_tightest_cgroup_limit(files: dict[str, str], expected: int, tmp_path: Path) -> None:
    assert available_bytes(tree(tmp_path, files)) == expected
