from __future__ import annotations

from pathlib import Path

from e2e.cluster.apt_sources import Source, for_suite, mirror_lines, parse_deb822, parse_list

ONE_LINE = """
# deb http://old.test/debian buster main
deb [arch=amd64 signed-by=/keys/a.gpg] http://mirror.test/debian trixie main contrib # comment
deb-src http://mirror.test/debian trixie main
deb http://other.test/packages stable main
"""
PARAGRAPHS = """Types: deb deb-src
# a comment
URIs: http://mirror.test/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /keys/a.gpg

Types: deb
URIs: http://mirror.test/debian-security/
Suites: trixie-security
Components: main

Types: deb
Enabled: no
URIs: http://off.test/debian
Suites: sid
Components: main
"""


def test_one_line_entries_keep_their_keyring() -> None:
    assert parse_list(ONE_LINE) == [
        Source("http://mirror.test/debian", "trixie", ("main", "contrib"), "/keys/a.gpg"),
        Source("http://other.test/packages", "stable", ("main",)),
    ]


def test_paragraphs_give_one_source_a_suite_and_disabled_ones_none() -> None:
    found = parse_deb822(PARAGRAPHS)
    assert [source.suite for source in found] == ["trixie", "trixie-updates", "trixie-security"]


def test_debian_mirrors_serve_another_suite_and_other_repositories_do_not() -> None:
    assert for_suite(parse_list(ONE_LINE) + parse_deb822(PARAGRAPHS), "bookworm") == [
        "deb [signed-by=/keys/a.gpg] http://mirror.test/debian bookworm main",
        "deb http://mirror.test/debian-security/ bookworm-security main",
    ]


def test_a_key_written_in_place_is_not_taken_for_a_path() -> None:
    text = "Types: deb\nURIs: http://m.test/debian\nSuites: sid\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n"
    assert for_suite(parse_deb822(text), "bookworm") == ["deb http://m.test/debian bookworm main"]


def test_both_formats_of_a_machine_are_read(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.test/debian sid main\n")
    (tmp_path / "sources.list.d" / "b.sources").write_text("Types: deb\nURIs: http://b.test/debian\nSuites: sid\n")
    (tmp_path / "sources.list.d" / "c.list.disabled").write_text("deb http://c.test/debian sid main\n")
    assert mirror_lines("x", tmp_path) == ["deb http://a.test/debian x main", "deb http://b.test/debian x main"]


def test_a_machine_without_debian_mirrors_has_none(tmp_path: Path) -> None:
    assert mirror_lines("bookworm", tmp_path) == []
