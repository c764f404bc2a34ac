from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.differential.comparing import changed_parts, differences, items_of
from tests.differential.generating import fill, fill_attributes


def request(*records):
    made = ExportLogsServiceRequest()
    for body, attributes in records:
        record = made.resource_logs.add().scope_logs.add().log_records.add()
        fill(record.body, body)
        fill_attributes(record.attributes, attributes)
    return list(items_of([made], "logs"))


def test_the_order_of_attributes_makes_no_difference():
    assert differences([], request(("x", {"a": 1, "b": 2})), request(("x", {"b": 2, "a": 1}))) == []


def test_the_order_of_keys_in_a_map_makes_no_difference():
    assert differences([], request(({"a": 1, "b": 2}, {})), request(({"b": 2, "a": 1}, {}))) == []


def test_the_order_of_records_makes_a_difference():
    assert len(differences([], request(("x", {}), ("y", {})), request(("y", {}), ("x", {})))) == 2


def test_an_int_and_a_double_of_the_same_value_differ():
    assert differences([], request((1, {})), request((1.0, {})))


def test_zero_and_minus_zero_differ():
    assert differences([], request((0.0, {})), request((-0.0, {})))


def test_no_value_and_an_empty_text_differ():
    assert differences([], request((None, {})), request(("", {})))


def test_a_missing_record_is_a_difference_with_what_was_sent():
    sent = request(("x", {}), ("y", {}))
    (found,) = differences(sent, sent, sent[:1])
    assert (found.place, found.sent, found.go, found.ours) == (1, sent[1], sent[1], None)


def test_of_two_forms_only_what_differs_is_shown():
    assert changed_parts({"a": 1, "b": {"c": 2, "d": 3}}, {"a": 1, "b": {"c": 2, "d": 4}}) == ({"b": {"d": 3}}, {"b": {"d": 4}})
