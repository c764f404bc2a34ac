"""Commands of `otelcol` (collector specification 1.5)."""

import json
import subprocess
import sys

import pytest
import yaml

from otel_agent.config.yaml_document import parse_yaml


def test_version(otelcol):
    code, out, _ = otelcol("--version")
    assert code == 0
    assert out.startswith("otelcol version ")


def test_help_lists_the_commands(otelcol):
    code, out, _ = otelcol("--help")
    assert code == 0
    for command in ("validate", "components", "print-config", "featuregate", "--config", "--set", "--feature-gates"):
        assert command in out


def test_bad_usage_exits_with_1(otelcol):
    code, _, err = otelcol("--nope")
    assert code == 1
    assert "Error: unrecognized arguments: --nope" in err


@pytest.mark.parametrize("command", [[], ["validate"], ["print-config"]])
def test_config_is_required(otelcol, command):
    code, _, err = otelcol(*command)
    assert code == 1
    assert err.startswith("Error: at least one config flag must be provided")


def test_validate_is_silent_on_success(otelcol, config_file):
    assert otelcol("validate", "--config", str(config_file)) == (0, "", "")


def test_flags_may_stand_before_the_command(otelcol, config_file):
    assert otelcol("--config", str(config_file), "validate") == (0, "", "")


def test_flags_before_and_behind_the_command_are_all_used_in_order(otelcol, config_file):
    arguments = ("--config", str(config_file), "--set=exporters.nop/x=", "print-config", "--set", "receivers.idle.interval=2s")
    code, out, err = otelcol(*arguments)
    assert (code, err) == (0, "")
    assert yaml.safe_load(out)["receivers"]["idle"]["interval"] == "2s"
    assert "nop/x" in yaml.safe_load(out)["exporters"]


def test_values_may_start_with_a_dash(otelcol):
    code, out, err = otelcol(
        "featuregate", "service.partialReloadReceivers", "--feature-gates", "-service.partialReloadReceivers"
    )
    assert (code, err) == (0, "")
    assert out.splitlines()[1].split()[1] == "false"


@pytest.mark.parametrize(
    "arguments", [("--conf", "x", "validate"), ("validate", "--config"), ("validate", "--set"), ("--config", "--", "validate")]
)
def test_abbreviated_and_incomplete_flags_are_refused(otelcol, arguments):
    code, out, err = otelcol(*arguments)
    assert (code, out) == (1, "")
    assert "Error: " in err


def test_output_that_cannot_be_written(config_file):
    command = [sys.executable, "-m", "otel_agent", "print-config", f"--config={config_file}", "--validate=false"]
    command += ["--set=receivers=", "--set=service.pipelines.traces.receivers=[]"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "Error: [Errno 28] No space left on device\n")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


def test_component_that_cannot_be_imported(otelcol, third_party):
    (third_party / "third_party_idle.py").write_text("raise RuntimeError('licence expired')\n")
    sys.modules.pop("third_party_idle", None)
    code, out, err = otelcol("components")
    assert (code, out) == (1, "")
    assert err.startswith('Error: receiver "idle" (third_party_idle:COMPONENT) cannot be imported: RuntimeError(')


def test_validate_prints_every_problem(otelcol, config_file):
    arguments = ("validate", f"--config={config_file}", "--set", "exporters.nop.x=1")
    assert otelcol(*arguments) == (1, "", "Error: exporters::nop::x: unknown key (no keys are valid here)\n")
    code, out, err = otelcol(*arguments, "--set=receivers.idle.interval=x")
    assert (code, out) == (1, "")
    assert err.splitlines()[0] == "Error: the configuration has 2 problems:"
    assert err.splitlines()[2] == "  exporters::nop::x: unknown key (no keys are valid here)"


def test_alias_of_a_third_party_component(otelcol, config_file, caplog):
    config_file.write_text(config_file.read_text().replace("{idle: {", "{idler: {").replace("[idle]", "[idler]"))
    assert otelcol("validate", "--config", str(config_file))[0] == 0
    assert 'receiver type "idler" is deprecated, use "idle" instead' in caplog.text


def test_components(otelcol):
    code, out, _ = otelcol("components")
    listing = yaml.safe_load(out)
    assert code == 0
    assert list(listing) == [
        "buildinfo",
        "receivers",
        "processors",
        "exporters",
        "connectors",
        "extensions",
        "providers",
        "converters",
    ]
    assert listing["buildinfo"]["command"] == "otelcol"
    assert {"name": "idle", "module": "third_party_idle", "stability": {"traces": "Beta"}} in listing["receivers"]
    assert [provider["scheme"] for provider in listing["providers"]] == ["env", "file", "http", "https", "yaml"]


def test_print_config_hides_secrets_and_shows_defaults(otelcol, config_file):
    code, out, _ = otelcol("print-config", "--config", str(config_file))
    printed = yaml.safe_load(out)
    assert code == 0
    assert printed["receivers"] == {"idle": {"interval": "1m0s", "password": "[REDACTED]"}}
    assert printed["service"]["pipelines"] == {"traces": {"receivers": ["idle"], "processors": [], "exporters": ["nop"]}}
    assert printed["service"]["telemetry"]["logs"]["level"] == "info"


def test_print_config_unredacted_shows_secrets_too(otelcol, config_file):
    code, out, _ = otelcol("print-initial-config", "--mode=unredacted", "--format=json", "--config", str(config_file))
    assert code == 0
    assert json.loads(out)["receivers"] == {"idle": {"interval": "1m0s", "password": "hunter2"}}


def test_print_config_without_validation(otelcol, config_file):
    arguments = ("print-config", "--config", str(config_file), "--set", "service.pipelines.traces.exporters=[gone]")
    assert otelcol(*arguments)[0] == 1
    code, out, _ = otelcol(*arguments, "--validate=false")
    assert code == 0
    assert "gone" in out


def test_printed_configuration_is_itself_valid(otelcol, config_file, tmp_path):
    printed = tmp_path / "printed.yaml"
    printed.write_text(otelcol("print-config", "--config", str(config_file))[1])
    assert otelcol("validate", "--config", str(printed)) == (0, "", "")


def test_printed_text_stays_text(otelcol, config_file, tmp_path):
    words = ["1e3", "0o17", "0b1", "1_0", "yes", "null", "~", "2001-01-01", ".5", ""]
    values = "{" + ", ".join(f'k{index}: "{word}"' for index, word in enumerate(words)) + "}"
    _, out, _ = otelcol("print-config", "--config", str(config_file), f"--set=service.telemetry.resource={values}")
    assert list(parse_yaml(out)["service"]["telemetry"]["resource"].values()) == words


def test_infinity_which_is_no_json_is_printed_as_null(otelcol, config_file):
    setting = "--set=service.telemetry.logs.initial_fields={a: .inf}"
    code, out, _ = otelcol("print-config", "--config", str(config_file), setting, "--format=json")
    assert code == 0
    assert json.loads(out)["service"]["telemetry"]["logs"]["initial_fields"] == {"a": None}


def test_featuregates(otelcol):
    code, out, _ = otelcol("featuregate")
    assert code == 0
    assert out.splitlines()[0].split() == ["ID", "Enabled", "Stage", "Description"]
    code, out, _ = otelcol("featuregate", "service.AllowNoPipelines", "--feature-gates=+service.AllowNoPipelines")
    assert out.splitlines()[1].split()[:3] == ["service.AllowNoPipelines", "true", "Alpha"]
    code, _, err = otelcol("featuregate", "nope")
    assert (code, err) == (1, 'Error: feature "nope" not found\n')


def test_gate_that_cannot_be_set(otelcol, config_file):
    code, _, err = otelcol("validate", "--config", str(config_file), "--feature-gates=nope")
    assert code == 1
    assert err.startswith('Error: no such feature gate "nope". valid gates: ')


def test_gate_changes_what_is_valid(otelcol, config_file):
    arguments = ("validate", "--config=yaml:extensions: {health_check: }")
    assert otelcol(*arguments)[0] == 1
    assert otelcol(*arguments, "--feature-gates=service.AllowNoPipelines") == (0, "", "")
