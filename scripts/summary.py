#!/usr/bin/python3
"""Adds up JUnit files and prints `N passed, N failed`, the last line of ./test.

usage: summary.py FILE.xml...

Names what failed and what was skipped above that line. A file that is missing or holds no test
counts as one failure: a suite that did not run has not passed. Exit status 1 if anything failed.
"""
import sys
import xml.etree.ElementTree as ElementTree


def outcome_of(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def read(path):
    """The (name, outcome) of every test in a file."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        return [(f"{path}: {error}", "failed")]
    if not cases:
        return [(f"{path}: no test ran", "failed")]
    return [(case.get("name", "?"), outcome_of(case)) for case in cases]


def main(paths):
    tests = [test for path in paths for test in read(path)]
    for wanted in ("skipped", "failed"):
        for name, outcome in tests:
            if outcome == wanted:
                print(f"{wanted}: {name}")
    passed = sum(outcome == "passed" for _, outcome in tests)
    failed = sum(outcome == "failed" for _, outcome in tests)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
