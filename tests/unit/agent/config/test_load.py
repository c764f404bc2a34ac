"""Sources of configuration and the providers behind them."""

import logging
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from otel_agent.config import providers
from otel_agent.config.expanded import ExpandedValue
from otel_agent.config.load import resolve, set_option_to_uri
from otel_agent.config.problem import ConfigError
from otel_agent.config.providers import default_providers


def load(*uris, sets=()):
    return resolve(uris, sets, default_providers())


def failure(*uris, sets=()):
    with pytest.raises(ConfigError) as caught:
        load(*uris, sets=sets)
    return str(caught.value)


def test_sources_merge_in_order_and_set_comes_last(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text("processors: {batch: {timeout: 1s, send_batch_size: 5}}\n")
    monkeypatch.setenv("MORE", "processors: {batch: {timeout: 2s}}")
    loaded = load(str(tmp_path / "a.yaml"), "env:MORE", "yaml:service::x: 1", sets=["processors.batch.timeout=3s", "a=[1, 2]"])
    assert loaded == {"processors": {"batch": {"timeout": "3s", "send_batch_size": 5}}, "service": {"x": 1}, "a": [1, 2]}


def test_file_scheme_and_byte_order_mark(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert load(f"file:{tmp_path}/a.yaml") == {"a": 1}


def test_expansion_happens_after_merging(tmp_path):
    (tmp_path / "part.yaml").write_text("b: 5\n")
    assert load(f"yaml:a: ${{file:{tmp_path}/part.yaml}}") == {"a": ExpandedValue({"b": 5}, "b: 5\n")}


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("nope:x", 'scheme "nope" is not supported for uri "nope:x" (supported: env, file, http, https, yaml)'),
        ("yaml:[1]", 'the configuration "yaml:[1]" is not a map of sections such as receivers and service'),
        ("yaml:a: [1", "cannot read the configuration \"yaml:a: [1\": line 2, column 1: did not find expected ',' or ']'"),
        (
            "/no/such/file",
            'cannot retrieve the configuration "/no/such/file": '
            'unable to read the file "/no/such/file": No such file or directory',
        ),
        ("env:1", 'environment variable "1" has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$'),
    ],
)
def test_errors_name_the_source(uri, message):
    assert message in failure(uri)


def test_without_a_source():
    assert failure().startswith("at least one config flag must be provided")


def test_set_option():
    assert set_option_to_uri("a.b=c.d") == "yaml:a::b: c.d"
    assert failure("yaml:a: 1", sets=["a.b"]) == '--set "a.b" has no "=": write --set key.path=value'


def test_text_that_is_not_utf8(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")
    assert "is not UTF-8 text: byte 3 is 0xff" in failure(str(tmp_path / "a.yaml"))


def test_files_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(providers, "MAX_TEXT", 10)
    (tmp_path / "a.yaml").write_text("a: 12345678901")
    assert "is larger than 10 bytes" in failure(str(tmp_path / "a.yaml"))


def test_unset_variable_is_warned_about(monkeypatch, caplog):
    monkeypatch.delenv("NOT_THERE", raising=False)
    with caplog.at_level(logging.INFO):
        assert load("yaml:a: ${NOT_THERE}") == {"a": ExpandedValue(None, "")}
    assert caplog.messages == ["configuration references unset environment variable NOT_THERE: its value is empty"]


def test_empty_variable_is_mentioned(monkeypatch, caplog):
    monkeypatch.setenv("EMPTY", "")
    with caplog.at_level(logging.INFO):
        load("yaml:a: x${EMPTY:-default}")
    assert [record.levelname for record in caplog.records] == ["INFO"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/good" else 404)
        self.end_headers()
        self.wfile.write(b"a: 1")

    def log_message(self, *args):
        pass


@pytest.fixture
def web_server():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_http(web_server):
    assert load(f"{web_server}/good") == {"a": 1}
    assert f'unable to fetch "{web_server}/bad": status 404, expected 200' in failure(f"{web_server}/bad")
