"""The checkers of concurrent histories, on histories made by hand."""
import pytest

from history_check import faults_of_balances, faults_of_order

HISTORIES = {
    "nothing": ([], []),
    "one after the other": ([({1: 0}, {1}), ({1: 1}, {1}), ({1: 2}, set())], []),
    "told in another order": ([({1: 1}, {1}), ({1: 2}, set()), ({1: 0}, {1})], []),
    "a reader of the past": ([({1: 0, 2: 0}, {1, 2}), ({1: 0, 2: 0}, set())], []),
    "crossed but in turn": ([({1: 0, 2: 0}, {1}), ({1: 1, 2: 0}, {2})], []),
    "lost update": ([({1: 0}, {1}), ({1: 0}, {1})], ["two made version 1 of 1"]),
    "write skew": ([({1: 0, 2: 0}, {1}), ({1: 0, 2: 0}, {2})], ["2 go round in a circle"]),
    "write skew of three": ([({1: 0, 2: 0}, {1}), ({2: 0, 3: 0}, {2}), ({3: 0, 1: 0}, {3})], ["3 go round in a circle"]),
    "torn read": ([({1: 0, 2: 0}, {1, 2}), ({1: 1, 2: 0}, set())], ["2 go round in a circle"]),
    "long fork": ([({1: 0}, {1}), ({2: 0}, {2}), ({1: 1, 2: 0}, set()), ({1: 0, 2: 1}, set())], ["4 go round in a circle"]),
    "read of uncommitted": ([({1: 0}, {1}), ({1: 2}, set())], ["nobody made version 2 of 1, which was seen"]),
}


@pytest.mark.parametrize("done, faults", HISTORIES.values(), ids=HISTORIES)
def test_faults_of_order(done, faults):
    assert faults_of_order(done) == faults


@pytest.mark.parametrize("balances, faults", [
    ({0: 60, 1: 40}, []), ({0: 100, 1: 0}, []), ({0: 60, 1: 30}, ["the sum is 90"]), ({0: 101, 1: -1}, ["1 owes"]),
    ({0: 60}, ["the sum is 60"])], ids=repr)
def test_faults_of_balances(balances, faults):
    assert faults_of_balances(balances, 100) == faults
