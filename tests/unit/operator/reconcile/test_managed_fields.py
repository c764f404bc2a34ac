"""Fields that others set are claimed for our apply; what others may say is left to them."""

from typing import Any

from otel_operator.reconcile.managed_fields import claimed

US = "us"


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsV1": fields, **more}


def live(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"managedFields": list(entries)}}


OURS = entry(US, {"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {"f:replicas": {}}}, "Apply")


def test_object_that_only_we_wrote_is_left_alone():
    assert claimed(live(OURS), US) == ([], [])


def test_field_set_by_hand_becomes_ours_and_its_entry_goes():
    fields, others = claimed(live(OURS, entry("kubectl", {"f:spec": {"f:paused": {}}})), US)
    assert others == ["kubectl"]
    assert fields == [{**OURS, "fieldsV1": {**OURS["fieldsV1"], "f:spec": {"f:replicas": {}, "f:paused": {}}}}]


def test_entries_of_lists_are_merged_by_key():
    ours = entry(US, {"f:spec": {"f:ports": {'k:{"port":1}': {".": {}, "f:port": {}}}}}, "Apply")
    theirs = entry("kubectl", {"f:spec": {"f:ports": {'k:{"port":1}': {"f:nodePort": {}}, 'k:{"port":2}': {".": {}}}}})
    fields, _ = claimed(live(ours, theirs), US)
    assert fields[0]["fieldsV1"]["f:spec"]["f:ports"] == {
        'k:{"port":1}': {".": {}, "f:port": {}, "f:nodePort": {}},
        'k:{"port":2}': {".": {}},
    }


def test_labels_and_annotations_of_object_and_pods_stay_with_who_set_them():
    restarted = {"f:template": {"f:metadata": {"f:annotations": {"f:restartedAt": {}}}}}
    theirs = entry("kubectl", {"f:metadata": {"f:labels": {"f:b": {}}}, "f:spec": restarted})
    assert claimed(live(OURS, theirs), US) == ([], [])


def test_entry_with_both_is_split():
    pods = {"f:metadata": {"f:annotations": {"f:restartedAt": {}}}, "f:spec": {"f:nodeSelector": {"f:a": {}}}}
    fields, _ = claimed(live(OURS, entry("kubectl", {"f:spec": {"f:template": pods}})), US)
    assert fields[0]["fieldsV1"]["f:spec"] == {"f:replicas": {}, "f:template": {"f:spec": {"f:nodeSelector": {"f:a": {}}}}}
    assert fields[1]["fieldsV1"] == {"f:spec": {"f:template": {"f:metadata": {"f:annotations": {"f:restartedAt": {}}}}}}


def test_status_and_scale_are_not_looked_at():
    scaled = entry("hpa", {"f:spec": {"f:replicas": {}}}, subresource="scale")
    assert claimed(live(OURS, scaled, entry("kcm", {"f:status": {"f:replicas": {}}}, subresource="status")), US) == ([], [])


def test_what_we_wrote_by_other_means_than_apply_is_claimed_too():
    fields, others = claimed(live(OURS, entry(US, {"f:spec": {"f:paused": {}}})), US)
    assert (others, len(fields)) == ([US], 1)


def test_object_that_was_never_applied_gets_an_entry_of_ours():
    fields, _ = claimed(live(entry("kubectl", {"f:data": {"f:a": {}}})), US)
    assert fields == [entry(US, {"f:data": {"f:a": {}}}, "Apply", fieldsType="FieldsV1")]
