"""Waiting in Python tests, with a deadline: the only place there that may pause (see eventually.h)."""
import time


def eventually(deadline_s, predicate):
    """The first true value of predicate(), or its last false one once deadline_s seconds have passed."""
    end = time.monotonic() + deadline_s
    pause = 0.001
    while time.monotonic() < end:
        value = predicate()
        if value:
            return value
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
    return predicate()
