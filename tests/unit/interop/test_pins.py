"""The peers are held to digests and come from no address that is written down here."""

from __future__ import annotations

import json
import re

from tests.interop.program import clean
from tests.interop.runtimes import HERE, JARS


def test_every_npm_package_has_an_exact_version_and_a_digest_and_no_address() -> None:
    text = (HERE / "node" / "package-lock.json").read_text()
    assert "://" not in text
    lock = json.loads(text)
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    for package in packages.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
    wanted = json.loads((HERE / "node" / "package.json").read_text())["dependencies"]
    assert {packages[f"node_modules/{name}"]["version"] for name in wanted} == set(wanted.values())


def test_every_jar_has_a_digest() -> None:
    lines = JARS.read_text().splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"[0-9a-f]{64}  \S+\.jar", line)


def test_the_pom_has_exact_versions_and_names_no_repository() -> None:
    pom = (HERE / "java" / "pom.xml").read_text()
    versions = re.findall(r"<dependency>.*?<version>(.*?)</version>", pom, re.DOTALL)
    assert versions
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert "repositor" not in pom


def test_programs_start_without_settings_that_would_win() -> None:
    kept = {"PATH": "/bin", "SSL_CERT_FILE": "/ca.pem"}
    settings = {"OTEL_TRACES_SAMPLER": "always_off", "https_proxy": "x", "NO_PROXY": "x", "REQUESTS_CA_BUNDLE": "x"}
    assert clean(kept | settings) == kept
