"""The site builds without a warning, has every page, needs nothing of the net, and no link leads nowhere."""

import re
from pathlib import Path

import pytest

from docs.website.build import build
from docs.website.navigation import navigation, pages_of

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / page for page in pages_of(navigation(ROOT))]
CODE = re.compile(r"`([\w.-]+/[\w./-]*)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def test_every_page_of_the_documentation_is_in_the_navigation() -> None:
    assert sorted((ROOT / "docs").rglob("*.md")) == sorted(page for page in PAGES if page.is_relative_to(ROOT / "docs"))


def test_every_page_of_the_navigation_is_built(site: Path) -> None:
    assert (site / "index.html").is_file()
    missing = [page for page in pages_of(navigation(ROOT)) if not (site / page).with_suffix(".html").is_file()]
    assert [page for page in missing if not page.endswith("README.md")] == []


def test_no_page_loads_anything_from_the_net(site: Path) -> None:
    loading = re.compile(
        r"<(?:script|img|iframe)[^>]*\ssrc=\"?(?:https?:)?//|<link[^>]*rel=\"?(?:stylesheet|preconnect|preload)[^>]*//"
    )
    assert [str(page) for page in site.rglob("*.html") if loading.search(page.read_text())] == []


def test_a_link_to_an_anchor_that_is_not_there_fails_the_build(tmp_path: Path) -> None:
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"):
        (tmp_path / name).write_text("# Page\n")
    (tmp_path / "README.md").write_text("# Home\n\n[nowhere](CONTRIBUTING.md#no-such-heading)\n")
    done = build(tmp_path, tmp_path / "out")
    assert done.returncode != 0
    assert "anchor does not exist" in done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_or_folder(page: Path) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(page.read_text()) if "://" not in target]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


# A record of a decision names what there was then, and what must not be.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name != "adr"], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_file_or_folder_that_a_page_names_is_there(page: Path) -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"build"}
    named = [path for path in CODE.findall(page.read_text()) if path.partition("/")[0] in folders]
    assert [path for path in named if not (ROOT / path).exists()] == []
