"""The example of the python processor in the documentation: the manifests, as they are printed."""

import re
from pathlib import Path
from typing import Any

import yaml

from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal
from otel_agent.scripting.script import Script, Source

PAGE = Path(__file__).resolve().parents[4] / "docs" / "components-of-your-own.md"


def manifests() -> tuple[Any, Any]:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    config_map, collector = yaml.safe_load_all(block)
    return config_map, collector


def test_the_configuration_is_valid_and_reads_the_file_of_the_config_map() -> None:
    config_map, collector = manifests()
    spec = collector["spec"]
    decode(spec["config"], installed_registry())
    mount, volume = spec["volumeMounts"][0], spec["volumes"][0]
    assert (volume["configMap"]["name"], volume["name"]) == (config_map["metadata"]["name"], mount["name"])
    (file,) = config_map["data"]
    assert spec["config"]["processors"]["python"]["file"] == f"{mount['mountPath']}/{file}"


def test_the_code_does_what_it_is_for(request_of: Any) -> None:
    config_map, _ = manifests()
    ((name, text),) = config_map["data"].items()
    request = request_of(Signal.LOGS, 1)
    record = request.resource_logs[0].scope_logs[0].log_records[0]
    record.body.string_value = "paid with 4111111111111111 today"
    data, _ = Script(Source(name, text)).run(Signal.LOGS, request.SerializeToString())
    (after,) = parse(Signal.LOGS, data).resource_logs[0].scope_logs[0].log_records
    assert after.body.string_value == "paid with [card] today"
