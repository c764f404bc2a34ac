"""Sources of configuration and the providers behind them."""

import logging
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import pytest

from otel_agent.config import http_source, providers
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
        ("yaml:a: [1", "cannot read the configuration \"yaml:a: …\": line 2, column 1: did not find expected ',' or ']'"),
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


def test_variables_that_are_not_text_are_refused(monkeypatch):
    monkeypatch.setitem(os.environb, b"BINARY", b"a\xff")
    assert failure("yaml:a: ${BINARY}") == 'a: ${BINARY}: environment variable "BINARY" is not UTF-8 text'


@pytest.mark.parametrize(
    ("uris", "sets"),
    [
        (['yaml:a::token: "hunter2'], []),
        (["yaml:a:\n  token: [hunter2"], []),
        (["yaml:a: 1"], ["a.token={b: hunter2"]),
        (["yaml:a: 1"], ["={b: hunter2"]),
        (["http://me:hunter2@127.0.0.1:1/a"], []),
        (["ftp://me:hunter2@127.0.0.1:1/a"], []),
        (["yaml:a: ${https://me:hunter2@127.0.0.1:1/a}"], []),
        (["yaml:a: ${ftp://me:hunter2@127.0.0.1:1/a}"], []),
    ],
)
def test_messages_hold_no_secrets(uris, sets):
    assert "hunter2" not in failure(*uris, sets=sets)


def test_broken_set_options_are_named_by_their_key():
    assert failure("yaml:a: 1", sets=["a.b={"]).startswith('cannot read the configuration "--set a.b": ')


def test_inline_text_that_starts_with_a_dash_is_no_file_name():
    assert "is not a map" in failure("yaml:- a")
    assert load("yaml:a: ${yaml:-5}") == {"a": ExpandedValue(-5, "-5")}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path != "/bad" else 404)
        if self.path == "/short":
            self.send_header("Content-Length", "1000")
        self.end_headers()
        if self.path == "/slow":
            self.server.released.wait(10)
        self.wfile.write(b"a: 1")

    def log_message(self, *args):
        pass


@pytest.fixture
def web_server():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.released = Event()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_http(web_server):
    assert load(f"{web_server}/good") == {"a": 1}
    assert f'unable to fetch "{web_server}/bad": status 404, expected 200' in failure(f"{web_server}/bad")


def test_half_an_answer_is_no_configuration(web_server):
    assert "the connection ended 996 bytes before the end of the answer" in failure(f"{web_server}/short")


def test_slow_servers_are_given_up(web_server, monkeypatch):
    monkeypatch.setattr(http_source, "TOTAL_SECONDS", 0.2)
    began = time.monotonic()
    assert "not complete after 0.2 seconds" in failure(f"{web_server}/slow")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/x y", "http://[::1", "http://", "http://127.0.0.1:x/", "https://127.0.0.1:1/"]
)
def test_addresses_that_cannot_be_fetched(address):
    assert f'cannot retrieve the configuration "{address}": ' in failure(address)
