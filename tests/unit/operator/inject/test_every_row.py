"""Every row of the specification's worked examples (§8), list of tests (§11) and quirks (§9) has a test that shows it.

Rows have the specification's own names. A test that is renamed or removed makes the row fail that it stood for.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
UNIT = "tests/unit/operator"
HERE = f"{UNIT}/inject/instrumentation"
COPIED = f"{HERE}/languages/test_copied_agents.py"
WEB = f"{HERE}/languages/test_web_servers.py"
ATTRIBUTES = f"{HERE}/test_resource_attributes.py"
EXAMPLES = f"{HERE}/test_worked_examples.py"
LISTS = f"{HERE}/test_container_lists.py"
SELECTION = f"{HERE}/test_selection.py"
SDK_ENV = f"{HERE}/test_sdk_env.py"
UPGRADE = f"{UNIT}/api/test_image_upgrade.py"
ADMISSION = f"{UNIT}/webhook/pods/test_admission.py"

WORKED_EXAMPLES = {
    "8.1 Python": [f"{EXAMPLES}::test_python"],
    "8.1 Python, PYTHONPATH of the container": [
        f"{EXAMPLES}::test_python_path_of_the_container_stays_in_the_middle_and_in_its_place"
    ],
    "8.2 Java": [f"{EXAMPLES}::test_java"],
    "8.2 Java, JAVA_TOOL_OPTIONS of the container": [f"{EXAMPLES}::test_java_options_of_a_container_come_first_in_their_place"],
    "8.2 Java, TLS": [f"{EXAMPLES}::test_certificates_come_after_the_endpoint_and_the_sampler_after_the_propagators"],
    "8.3 Existing OTEL vars": [f"{EXAMPLES}::test_variables_that_exist_stay_and_attributes_are_completed"],
}
CHECKLIST = {
    "selector matrix (6 rows by 8 languages)": [
        f"{UNIT}/inject/test_precedence.py::test_a_pods_value_wins_but_its_true_leaves_the_choice_to_the_namespace",
        f"{SELECTION}::test_the_annotation_of_pod_or_namespace_chooses",
        f"{SELECTION}::test_true_takes_the_only_one_of_the_pods_namespace_whatever_the_namespace_says",
    ],
    "selection 0/1/2 CRs": [
        f"{SELECTION}::test_true_without_any_is_refused_and_the_namespace_is_named_when_it_asks",
        f"{SELECTION}::test_true_takes_the_only_one_of_the_pods_namespace_whatever_the_namespace_says",
        f"{SELECTION}::test_a_selector_that_leads_nowhere_leaves_the_pod_as_it_is",
    ],
    "selection named, other ns, missing": [
        f"{SELECTION}::test_the_annotation_of_pod_or_namespace_chooses",
        f"{SELECTION}::test_one_of_another_namespace_is_named_with_it",
        f"{SELECTION}::test_a_selector_that_leads_nowhere_leaves_the_pod_as_it_is",
    ],
    "multi on by no names": [
        f"{LISTS}::test_one_language_without_names_goes_to_the_first_container",
        f"{LISTS}::test_several_languages_without_names_for_each_inject_nothing",
    ],
    "multi on by names, mixed": [
        f"{LISTS}::test_common_and_own_names_are_joined",
        f"{LISTS}::test_two_languages_may_share_a_container",
    ],
    "multi on by dup": [f"{LISTS}::test_a_name_twice_for_a_language_injects_nothing"],
    "multi off": [
        f"{LISTS}::test_without_the_feature_all_languages_go_to_the_first_container_and_own_lists_do_not_count",
        f"{LISTS}::test_without_the_feature_the_common_list_counts_and_a_name_twice_is_once",
    ],
    "golden pod java": [f"{EXAMPLES}::test_java"],
    "golden pod nodejs, dotnet, sdk": [f"{HERE}/test_whole_pods.py::test_a_pod_has_what_is_written_here_and_nothing_else"],
    "golden pod python": [f"{EXAMPLES}::test_python"],
    "golden pod go": [f"{HERE}/languages/test_go.py::test_the_sidecar_is_added_and_the_application_not_touched"],
    "golden pod apache-httpd": [f"{WEB}::test_apache", f"{WEB}::test_text_of_apaches_module"],
    "golden pod nginx": [f"{WEB}::test_nginx"],
    "existing vars, literal and empty": [f"{COPIED}::test_what_loads_the_agent_is_added_to_what_is_there"],
    "existing vars, valueFrom": [f"{COPIED}::test_a_container_with_a_guarded_variable_from_elsewhere_is_left_alone"],
    "existing vars, envFrom": [f"{COPIED}::test_variables_of_a_whole_config_map_do_not_keep_the_agent_away"],
    "owner kinds by uid flag": [f"{ATTRIBUTES}::test_owners_become_attributes_and_name_the_service"],
    "label toggle": [f"{ATTRIBUTES}::test_annotation_then_labels_if_wanted_then_pod_then_container_name_the_service"],
    "image reference forms": [f"{HERE}/test_image_reference.py::test_version_is_tag_digest_or_both"],
    "TLS secret only, configmap only, absolute paths": [f"{SDK_ENV}::test_tls_files_come_from_secret_config_map_or_image"],
    "TLS long names": [f"{SDK_ENV}::test_names_of_volumes_are_cut_trimmed_and_without_dots"],
    "init-target ordering with 1 to 4 init containers": [
        f"{LISTS}::test_init_containers_come_first_and_the_agent_directly_before_them"
    ],
    "guard re-entry": [
        f"{HERE}/test_guard.py::test_injection_of_anybody_is_recognised",
        f"{SELECTION}::test_an_instrumented_pod_is_left_alone_without_a_word",
        f"{HERE}/test_mutation.py::test_a_second_time_changes_nothing",
    ],
    "flags off → event": [
        f"{SELECTION}::test_a_language_that_is_switched_off_is_refused_and_the_others_go_on",
        f"{ADMISSION}::test_a_language_that_is_switched_off_is_an_event_with_the_go_operators_words",
    ],
    "upgrade, blocked ranges": [
        f"{UPGRADE}::test_breaking_release_blocks_what_would_reach_or_pass_it",
        f"{UPGRADE}::test_blocked_languages_are_told_in_the_words_of_the_go_operator",
    ],
    "upgrade, custom images": [f"{UPGRADE}::test_defaults_move_on_and_custom_images_stay"],
    "upgrade pass": [
        f"{UNIT}/reconcile/instrumentation/test_loop.py::test_default_images_are_upgraded_once_and_blocked_ones_told_once"
    ],
}
QUIRKS = {
    "Q1": [f"{COPIED}::test_an_unknown_platform_adds_nothing_at_all_and_other_languages_go_on"],
    "Q2": [
        f"{ATTRIBUTES}::test_two_languages_on_a_container_repeat_neither_variables_nor_keys",
        f"{SELECTION}::test_an_instrumented_pod_is_left_alone_without_a_word",
    ],
    "Q3": [f"{ATTRIBUTES}::test_keys_that_the_container_has_do_not_hide_the_name_of_the_service"],
    "Q4": [f"{COPIED}::test_a_container_with_a_guarded_variable_from_elsewhere_is_left_alone"],
    "Q5": [
        f"{ATTRIBUTES}::test_attributes_from_elsewhere_are_left_alone_and_the_rest_is_injected",
        f"{COPIED}::test_a_guarded_variable_that_the_instrumentation_takes_from_elsewhere_is_left_alone_and_reported",
    ],
    "Q6": [f"{LISTS}::test_init_containers_come_first_and_the_agent_directly_before_them"],
    "Q7": [f"{WEB}::test_nginx"],
    "Q8": [
        f"{WEB}::test_both_web_servers_in_a_pod_have_init_containers_of_their_own",
        f"{WEB}::test_both_web_servers_in_one_container_is_one_too_many",
    ],
    "Q9": [
        f"{ADMISSION}::test_what_cannot_be_read_is_admitted_as_it_is_and_counted",
        f"{ADMISSION}::test_no_spoilt_review_ever_denies_a_pod",
    ],
    "Q10": [
        f"{UNIT}/webhook/pods/test_lookups.py::test_owners_of_owners_come_from_the_cache",
        f"{UNIT}/webhook/pods/test_lookups.py::test_no_question_goes_beyond_the_deadline",
    ],
    "Q11": [f"{HERE}/languages/test_scripts.py::test_nginx_that_cannot_have_the_module_is_said_and_not_started"],
    "Q12": [f"{WEB}::test_the_second_container_gets_the_environment_only"],
}
ROWS = WORKED_EXAMPLES | CHECKLIST | QUIRKS


@cache
def running_tests(path: str) -> frozenset[str]:
    """Return the tests of a module that run: those that are marked as skipped stand for nothing."""
    found = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            marks = [ast.unparse(decorator) for decorator in node.decorator_list]
            if not any(".skip" in mark or ".xfail" in mark for mark in marks):
                found.add(node.name)
    return frozenset(found)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_test_that_shows_it(row: str) -> None:
    shown_by = ROWS[row]
    assert shown_by
    for node in shown_by:
        path, _, name = node.partition("::")
        assert name in running_tests(path), f"{row}: there is no test {node}"


def test_no_quirk_is_without_a_row_here_and_in_the_documentation() -> None:
    assert list(QUIRKS) == [f"Q{number}" for number in range(1, 13)]
    lines = (ROOT / "docs" / "injection.md").read_text().splitlines()
    fixes = {cells[1].strip(): cells for line in lines if re.match(r"\| Q\d", line) and len(cells := line.split("|")) == 5}
    assert list(fixes) == list(QUIRKS)
    assert all(cells[2].strip() and cells[3].strip() for cells in fixes.values())


def test_a_row_whose_test_is_gone_would_be_noticed() -> None:
    assert "test_python" in running_tests(EXAMPLES)
    assert "test_perl" not in running_tests(EXAMPLES)
