from __future__ import annotations

from e2e.cluster.baseimage import machine_options


def test_only_how_the_mirror_is_reached_is_taken_from_the_machines_apt() -> None:
    lines = [
        'APT::Architecture "amd64"',
        'Acquire::http::Proxy "http://proxy.test:3128"',
        'Acquire::Check-Date "false"',
        'Acquire::http ""',
    ]
    assert machine_options("".join(f"{line};\n" for line in lines)) == [
        'Acquire::http::Proxy "http://proxy.test:3128"',
        'Acquire::Check-Date "false"',
    ]
