"""A finding is its sentence, with the rule and the path beside it."""

from otel_operator.api.finding import TITLES, Finding, Rule, Verdict, at, sentences, shown


def test_the_sentence_begins_with_the_path_as_people_write_it() -> None:
    found = at(Rule.PORTS, ("spec", "ports", 0, "name"), "is wrong; mend it")
    assert str(found) == "spec.ports[0].name: is wrong; mend it"
    assert found.path == ("spec", "ports", 0, "name")


def test_a_path_of_nothing_is_empty() -> None:
    assert shown(()) == ""


def test_only_errors_refuse() -> None:
    found = Finding(Rule.NAME, (), "a")
    assert not Verdict(errors=(found,)).allowed
    assert Verdict(warnings=(found,)).allowed
    assert sentences([found, found]) == ("a", "a")


def test_every_rule_has_a_title() -> None:
    assert set(TITLES) == set(Rule)
