"""Rules between sections (collector specification 1.2 and 1.3), with the texts that users search for."""

import pytest

PIPELINE = "service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}"


def test_good_configuration_has_no_problems(check, good):
    assert check(good) == []


def test_empty_configuration(check):
    assert check("") == ["empty configuration file"]


def test_missing_receivers_exporters_and_pipelines_are_reported_together(check):
    assert check("extensions: {health_check: }") == [
        "no receiver configuration specified in config",
        "no exporter configuration specified in config",
        "service::pipelines: service must have at least one pipeline",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "receivers: {nope/1: }",
            'receivers::nope/1: unknown type: "nope" for id: "nope/1" (valid values: [otlp scrape])',
        ),
        ('receivers: {"/a": }', 'receivers::/a: in "/a" id: the part before / should not be empty'),
        ('receivers: {"otlp/": }', 'receivers::otlp/: in "otlp/" id: the part after / should not be empty'),
        ('receivers: {"": }', "receivers::: id must not be empty"),
        ("receivers: {otlp/a: , 'otlp/ a': }", 'receivers::otlp/ a: duplicate name "otlp/a"'),
        ("exporters: {logging: }", "exporters::logging: the logging exporter has been removed, use the debug exporter instead"),
        ("receivers: [otlp]", "receivers: expected a map of component ids to their settings"),
        ("reciever: {}", "reciever: unknown key (valid keys: connectors, exporters, extensions, processors, receivers, service)"),
        ("processors: {batch: [1]}", "processors::batch: expected a map, got a list"),
    ],
)
def test_ids_and_sections(check, line, expected):
    assert expected in check(line)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("{extensions: [zpages]}", 'service::extensions: references extension "zpages" which is not configured'),
        (
            "{pipelines: {traces: {receivers: [x], exporters: [debug]}}}",
            'service::pipelines::traces: references receiver "x" which is not configured',
        ),
        (
            "{pipelines: {traces: {receivers: [otlp], processors: [x], exporters: [debug]}}}",
            'service::pipelines::traces: references processor "x" which is not configured',
        ),
        (
            "{pipelines: {traces/2: {receivers: [otlp], exporters: [x]}}}",
            'service::pipelines::traces/2: references exporter "x" which is not configured',
        ),
        (
            "{pipelines: {traces: {receivers: [otlp], processors: [batch, batch], exporters: [debug]}}}",
            'service::pipelines::traces: references processor "batch" multiple times',
        ),
        ("{pipelines: {traces: {exporters: [debug]}}}", "service::pipelines::traces: must have at least one receiver"),
        ("{pipelines: {traces: {receivers: [otlp]}}}", "service::pipelines::traces: must have at least one exporter"),
        (
            "{pipelines: {traces: {receivers: [scrape], exporters: [debug]}}}",
            'service::pipelines::traces: receiver "scrape" does not support traces: '
            "telemetry type is not supported (it supports metrics)",
        ),
        (
            "{pipelines: {profiles: {receivers: [otlp], exporters: [debug]}}}",
            'service::pipelines::profiles: in "profiles" id: unknown pipeline signal "profiles" '
            "(valid values: traces, metrics, logs)",
        ),
        (
            "{pipelines: {traces/a: {receivers: [otlp], exporters: [debug]}, 'traces/ a': {}}}",
            'service::pipelines::traces/ a: duplicate name "traces/a"',
        ),
        (
            "{pipelines: {traces: {receivers: [otlp], exporter: [debug]}}}",
            'service::pipelines::traces::exporter: unknown key, did you mean "exporters"? '
            "(valid keys: exporters, processors, receivers)",
        ),
        (
            "{telemetry: {metrics: {readers: []}}}",
            "service::telemetry::metrics: collector telemetry metrics reader should exist when metric level is not none",
        ),
        (
            "{telemetry: {metrics: {views: [{selector: {}}]}}}",
            "service::telemetry::metrics: views can only be set when service::telemetry::metrics::level is detailed",
        ),
    ],
)
def test_service_section(check, service, expected):
    components = "receivers: {otlp: , scrape: }\nprocessors: {batch: }\nexporters: {debug: }\n"
    assert expected in check(f"{components}service: {service}")


def test_all_problems_are_found_at_once(check):
    problems = check(
        """
receivers: {otlp: {protocols: {grpc: {endpont: x, max_recv_msg_size_mib: "4"}}}}
processors: {batch: {timeout: 1.5}}
exporters: {debug: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [gone]}}}
"""
    )
    assert [problem.partition(": ")[0] for problem in problems] == [
        "receivers::otlp::protocols::grpc::endpont",
        "receivers::otlp::protocols::grpc::max_recv_msg_size_mib",
        "processors::batch::timeout",
        "service::pipelines::traces",
    ]


def test_unreferenced_component_is_allowed_but_still_checked(check, good):
    assert check(good.replace("{batch: }", "{batch: , batch/2: }")) == []
    problems = check(good.replace("{batch: }", "{batch: , batch/2: {bad: 1}}"))
    assert problems == [
        "processors::batch/2::bad: unknown key (valid keys: metadata_keys, send_batch_size, timeout)",
    ]


def test_alias_is_accepted(check, good):
    assert (
        check(good.replace("otlp: {endpoint", "otlp_grpc: {endpoint").replace("exporters: [otlp]", "exporters: [otlp_grpc]"))
        == []
    )


class TestConnectors:
    def config(self, pipelines: str, connectors: str = "forward: , count: ") -> str:
        components = f"receivers: {{otlp: }}\nexporters: {{debug: }}\nconnectors: {{{connectors}}}"
        return f"{components}\nservice: {{pipelines: {{{pipelines}}}}}"

    def test_joining_two_pipelines(self, check):
        text = self.config("traces: {receivers: [otlp], exporters: [count]}, metrics: {receivers: [count], exporters: [debug]}")
        assert check(text) == []

    def test_used_only_as_exporter(self, check):
        assert check(self.config("traces/a: {receivers: [otlp], exporters: [forward]}")) == [
            'connectors::forward: connector "forward" used as exporter in [traces/a] pipeline '
            "but not used in any supported receiver pipeline"
        ]

    def test_used_only_as_receiver(self, check):
        assert check(self.config("traces: {receivers: [forward], exporters: [debug]}")) == [
            'connectors::forward: connector "forward" used as receiver in [traces] pipeline '
            "but not used in any supported exporter pipeline"
        ]

    def test_unsupported_pair_is_reported_from_both_sides(self, check):
        pipelines = "traces: {receivers: [otlp], exporters: [count]}, logs: {receivers: [count], exporters: [debug]}"
        assert len(check(self.config(pipelines))) == 2

    def test_id_shared_with_an_exporter_is_ambiguous(self, check):
        text = self.config("traces: {receivers: [otlp], exporters: [debug]}").replace(
            "exporters: {debug: }", "exporters: {debug: , forward: }"
        )
        assert (
            'connectors::forward: ambiguous ID: found both "forward" exporter and "forward" connector; '
            'rename one of them, for example the connector to "forward/connector"'
        ) in check(text)

    def test_cycle_is_listed(self, check):
        pipelines = (
            "traces/in: {receivers: [otlp], exporters: [forward]}, "
            "traces/a: {receivers: [forward, forward/2], exporters: [forward/1]}, "
            "traces/b: {receivers: [forward/1], exporters: [forward/2, debug]}"
        )
        assert check(self.config(pipelines, "forward: , forward/1: , forward/2: ")) == [
            'service::pipelines: cycle detected: connector "forward/1" (traces to traces) -> pipeline "traces/b" '
            '-> connector "forward/2" (traces to traces) -> pipeline "traces/a" -> connector "forward/1" (traces to traces)'
        ]

    def test_two_ways_to_one_pipeline_are_no_cycle(self, check):
        pipelines = (
            "traces/in: {receivers: [otlp], exporters: [forward, forward/1]}, "
            "traces/a: {receivers: [forward], exporters: [forward/2]}, "
            "traces/b: {receivers: [forward/1, forward/2], exporters: [debug]}"
        )
        assert check(self.config(pipelines, "forward: , forward/1: , forward/2: ")) == []


class TestUnresolvedReferences:
    """The operator cannot resolve `${env:POD_IP}`: what depends on it is not judged, all else is."""

    @pytest.mark.parametrize(
        "body",
        [
            '{protocols: {grpc: {endpoint: "${env:POD_IP}:4317"}}}',
            '{protocols: {grpc: {max_recv_msg_size_mib: "${env:SIZE}"}}}',
            '{protocols: {grpc: "${env:GRPC}"}}',
            '{protocols: {grpc: {enabled: "${env:ON}"}}}',
            '"${file:receiver.yaml}"',
        ],
    )
    def test_value_is_not_type_checked(self, check, good, body):
        assert check(good.replace("{protocols: {grpc: }}", body)) == []

    def test_rule_that_needs_the_value_is_not_applied(self, check, good):
        text = good.replace("tls: {insecure: true}", 'sending_queue: {num_consumers: 0, queue_size: "${env:SIZE}"}')
        assert check(text) == []

    def test_mistake_beside_it_is_found(self, check, good):
        problems = check(good.replace("{grpc: }", '{grpc: {endpoint: "${env:POD_IP}:4317", foo: 1}}'))
        assert [problem.partition(": ")[0] for problem in problems] == ["receivers::otlp::protocols::grpc::foo"]

    def test_unresolved_lists_and_sections_may_define_anything(self, check, good):
        assert check(good.replace("exporters: [otlp]", "exporters: '${env:EXPORTERS}'")) == []
        assert (
            check(
                good.replace(
                    'exporters: {otlp: {endpoint: "gateway:4317", tls: {insecure: true}}}', "exporters: '${file:e.yaml}'"
                )
            )
            == []
        )
        assert check("receivers: {otlp: }\nexporters: {debug: }\nservice: '${file:service.yaml}'") == []

    def test_escaped_dollar_is_a_plain_value(self, check, good):
        assert check(good.replace("{batch: }", '{batch: {timeout: "$${env:X}"}}')) != []


class TestForeignImage:
    def test_unknown_types_and_their_keys_are_accepted(self, check, good):
        text = good.replace("{batch: }", "{batch: , groupbyattrs: {keys: [a]}}").replace("[batch]", "[groupbyattrs, batch]")
        assert check(text, known_components=False) == []
        assert len(check(text)) == 1

    def test_structural_rules_hold(self, check, good):
        text = good.replace("{batch: }", "{batch: , other: 5}").replace("exporters: [otlp]", "exporters: [gone]")
        assert check(text, known_components=False) == [
            "processors::other: expected a map of settings",
            'service::pipelines::traces: references exporter "gone" which is not configured',
        ]


def test_deeply_nested_input_is_refused_not_crashed_on(registry):
    from otel_agent.config.check import check_config

    value: dict[str, object] = {}
    for _ in range(5000):
        value = {"a": value}
    assert str(check_config({"receivers": value}, registry=registry)[0]) == "receivers::a::a: nested deeper than 100 levels"
