from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.differential import generating
from tests.differential.comparing import Difference, items_of
from tests.differential.outcome import Outcome
from tests.differential.pages import PageSuite
from tests.differential.running import _sort_out
from tests.differential.sources import SourceSuite, Where
from tests.differential.suite import Suite
from tests.differential.suites import missing, suites


def difference():
    (item, *_) = items_of([generating.logs(Random(1))], "logs")
    return Difference(0, item, item, None)


def test_a_difference_is_shown_with_the_seed_that_makes_it_again():
    outcome = Outcome("logs")
    _sort_out(outcome, Suite("logs", "logs", {}, generating.logs), [difference()], 42)
    assert outcome.found[0].startswith("logs, seed 42, item 0")


def test_of_one_statement_a_few_differences_are_shown_and_all_counted():
    outcome = Outcome("logs")
    _sort_out(outcome, Suite("logs", "logs", {}, generating.logs, explain=lambda _: "set(...)"), [difference()] * 10, 0)
    assert (len(outcome.found), outcome.about) == (3, Counter({"set(...)": 10}))


def test_a_listed_difference_is_counted_by_its_reason_and_no_failure():
    outcome = Outcome("logs")
    _sort_out(outcome, Suite("logs", "logs", {}, generating.logs, known=lambda _: "as listed"), [difference()], 0)
    assert (outcome.found, outcome.known) == ([], Counter({"as listed": 1}))


def made(suite, seed):
    match suite:
        case PageSuite():
            return suite.generate(Random(seed), "mark").SerializeToString()
        case SourceSuite():
            return suite.generate(Random(seed), Where(Path("/folder"), 1), "case")
    return suite.generate(Random(seed)).SerializeToString()


@pytest.mark.parametrize("suite", suites(), ids=lambda suite: suite.name)
def test_the_same_seed_gives_the_same_input(suite):
    assert made(suite, 7) == made(suite, 7)
    assert made(suite, 7) != made(suite, 8)


def test_a_suite_of_a_component_that_there_is_not_is_left_out_by_name():
    assert missing(Suite("x", "logs", {"no_such_thing/2": {}, "batch": {}}, generating.logs)) == ["no_such_thing"]
