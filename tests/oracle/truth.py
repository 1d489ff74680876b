"""Truth that knows how long it lasts: docs/language/time.md."""

FOREVER = float("inf")
LEAST, MOST = -(2**63), 2**63 - 1


class Unsound(Exception):
    """Something was read that is not there, or a number does not fit 64 bits."""


class Missing(Exception):
    """A reference value that is not there, until an instant."""

    def __init__(self, until):
        self.until = until


def negated(truth):
    answer, until = truth
    return (None if answer is None else not answer, until)


def both(truths):
    """All of these: docs/language/time.md, "How long an answer lasts"."""
    truths = list(truths)
    false = [until for answer, until in truths if answer is False]
    if false:
        return (False, max(false))
    until = min((until for _, until in truths), default=FOREVER)
    return (None if any(answer is None for answer, _ in truths) else True, until)


def either(truths):
    return negated(both(negated(truth) for truth in truths))
