from __future__ import annotations

from tests.benchmarks.collector.programs import CATALOGUE, pinned_versions

COLLECTOR = "go.opentelemetry.io/collector/"


def test_every_program_is_a_package_of_a_module_that_pins_its_dependencies() -> None:
    for module in CATALOGUE:
        name = (module.source / "go.mod").read_text().split()[1]
        assert (module.source / "go.sum").exists()
        for package in module.packages.values():
            folder = module.source / package.removeprefix(name).lstrip("/")
            assert (folder / "main.go").exists(), package


def test_the_go_collector_is_of_one_release() -> None:
    versions = pinned_versions((CATALOGUE[0].source / "go.mod").read_text())
    assert versions[f"{COLLECTOR}otelcol"] == "v0.155.0"
    assert {version for name, version in versions.items() if name.startswith(COLLECTOR)} == {"v0.155.0", "v1.61.0"}


def test_only_direct_requirements_are_told() -> None:
    text = "module x/y\n\ngo 1.25\n\nrequire a.b/c v1.2.3\n\nrequire (\n\ta.b/d v0.1.0\n\ta.b/e v2.0.0 // indirect\n)\n"
    assert pinned_versions(text) == {"a.b/c": "v1.2.3", "a.b/d": "v0.1.0"}
