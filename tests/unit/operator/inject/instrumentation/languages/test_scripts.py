"""The scripts of web servers, run by a shell in a folder of their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from otel_operator.inject.instrumentation.languages.scripts import (
    APACHE_ATTACH_SCRIPT,
    NGINX_ATTACH_SCRIPT,
    NGINX_CLONE_SCRIPT,
)

AGENT, SOURCE = "opt/opentelemetry-webserver/agent", "opt/opentelemetry-webserver/source-conf"
VERSION = "1.25.3"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The file system of the agent's image, with both volumes mounted."""
    modules = tmp_path / "opt/opentelemetry/WebServerModule/Nginx" / VERSION
    modules.mkdir(parents=True)
    (modules / "ngx_http_opentelemetry_module.so").write_text("module")
    conf = tmp_path / "opt/opentelemetry/conf"
    conf.mkdir()
    (conf / "opentelemetry_sdk_log4cxx.xml.template").write_text('<file value="__agent_log_dir__/x.log"/>')
    for volume in (AGENT, SOURCE):
        (tmp_path / volume).mkdir(parents=True)
    return tmp_path


def run(root: Path, script: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run as the container does; absolute paths are put below `root`."""
    script = script.replace("/opt/", f"{root}/opt/")
    path = f"{root}/bin:{os.environ['PATH']}"
    command = ["/bin/sh", "-c", script, "--", *arguments]
    return subprocess.run(command, env={"PATH": path, **env}, capture_output=True, text=True, timeout=30, check=False)


APACHE = {"OTEL_APACHE_AGENT_CONF": "Line one\nId <<SID-PLACEHOLDER>>\n", "APACHE_SERVICE_INSTANCE_ID": "web-5d8f-x"}
NGINX = {"OTEL_NGINX_AGENT_CONF": "Id <<SID-PLACEHOLDER>>;\n", "OTEL_NGINX_SERVICE_INSTANCE_ID": "web-5d8f-x"}


def test_apaches_configuration_includes_the_modules(root: Path) -> None:
    source = root / SOURCE
    (source / "httpd.conf").write_text("Listen 80")
    done = run(root, APACHE_ATTACH_SCRIPT, "/usr/local/apache2/conf", **APACHE)
    assert (done.returncode, done.stderr) == (0, "")
    assert (source / "httpd.conf").read_text() == "Listen 80\nInclude /usr/local/apache2/conf/opentemetry_agent.conf\n"
    assert (source / "opentemetry_agent.conf").read_text().splitlines() == ["Line one", "Id web-5d8f-x", ""]
    rendered = (root / AGENT / "conf/opentelemetry_sdk_log4cxx.xml").read_text()
    assert rendered == f'<file value="{root}/{AGENT}/logs/x.log"/>'


def test_a_path_is_an_argument_and_not_part_of_the_script(root: Path) -> None:
    (root / SOURCE / "httpd.conf").write_text("")
    done = run(root, APACHE_ATTACH_SCRIPT, '/conf"; touch /tmp/never; echo "', **APACHE)
    assert done.returncode == 0
    assert 'Include /conf"; touch' in (root / SOURCE / "httpd.conf").read_text()


def test_apache_without_its_configuration_is_said_and_not_started(root: Path) -> None:
    done = run(root, APACHE_ATTACH_SCRIPT, "/elsewhere", **APACHE)
    assert done.returncode == 1
    assert done.stderr == "no httpd.conf in /elsewhere; set spec.apacheHttpd.configPath\n"


@pytest.mark.parametrize("reported", ["nginx version: nginx/1.25.3", "nginx version: nginx/1.25.3 (Ubuntu)", "openresty/1.25.3"])
def test_nginx_loads_the_module_of_its_version(root: Path, reported: str) -> None:
    conf = root / "etc/nginx"
    (conf / "conf.d").mkdir(parents=True)
    (conf / "nginx.conf").write_text("events {}\n")
    (root / "bin").mkdir()
    nginx = root / "bin/nginx"
    nginx.write_text(f"#!/bin/sh\necho '{reported}' >&2\n")
    nginx.chmod(0o755)
    cloned = run(root, NGINX_CLONE_SCRIPT, str(conf))
    assert (cloned.returncode, cloned.stderr) == (0, "")
    done = run(root, NGINX_ATTACH_SCRIPT, "nginx.conf", **NGINX)
    assert (done.returncode, done.stderr) == (0, "")
    source = root / SOURCE
    assert (source / "nginx.conf").read_text().splitlines() == [
        "env OTEL_RESOURCE_ATTRIBUTES;",
        f"load_module {root}/{AGENT}/WebServerModule/Nginx/{VERSION}/ngx_http_opentelemetry_module.so;",
        "events {}",
    ]
    assert (source / "conf.d/opentelemetry_agent.conf").read_text() == "Id web-5d8f-x;\n\n"
    assert sorted(path.name for path in source.iterdir()) == ["conf.d", "nginx.conf", "version.txt"]


@pytest.mark.parametrize(
    ("version", "said"), [("9.9.9", "no module for this version of nginx"), (VERSION, "no folder conf.d beside nginx.conf")]
)
def test_nginx_that_cannot_have_the_module_is_said_and_not_started(root: Path, version: str, said: str) -> None:
    (root / SOURCE / "version.txt").write_text(f"{version}\n")
    (root / SOURCE / "nginx.conf").write_text("events {}\n")
    done = run(root, NGINX_ATTACH_SCRIPT, "nginx.conf", **NGINX)
    assert done.returncode == 1
    assert said in done.stderr
    assert (root / SOURCE / "nginx.conf").read_text() == "events {}\n"
