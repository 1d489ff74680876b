"""Decides questions as docs/language says, and as naively as can be: an independent witness for the small core of the language.

Reads cases as JSON lines on standard input, each `{"files": [text], "request": name, "session": {…}, "call": {…}, "references": {…}, "at": instant}`, and writes a decision
for each: `{"outcome", "rules", "valid_until", "grant"}`. `valid_until` is "?" where docs/language leaves open how exactly a condition is certain. A value that is read
although it is absent, or a number that does not fit, is an error: no accepted policy does that.

The core is everything but unions of evidence and what only hardware signs.
"""

import json
import sys

from policy import Policy, Reference
from reader import instant
from rules import Question
from truth import FOREVER, Unsound


def pieces(policy, ty, value):
    """Every piece of evidence in a value."""
    if value is None:
        return
    if ty[0] in ("Optional", "List"):
        for each in value if ty[0] == "List" else [value]:
            yield from pieces(policy, ty[1], each)
    elif ty[0] in policy.structs:
        if ty[0] in policy.evidence:
            yield value
        for name, inner in policy.structs[ty[0]].items():
            yield from pieces(policy, inner, value[name])


def window(question, evidence):
    """From when until when evidence counts: docs/language/decisions.md, the first row."""
    attributes = question.policy.evidence[evidence["…kind"]]
    until, since = evidence["expires_at"], -FOREVER
    if "max_age" in attributes:
        since = evidence[question.age_from(evidence["…kind"])]
        until = min(until, since + attributes["max_age"][0][1][2])
    return (since, until)


def merged(merge, values):
    if merge in ("min", "max"):
        return {"min": min, "max": max}[merge](values)
    if merge == "same":
        return values[0]
    return frozenset.intersection(*values) if merge == "intersect" else frozenset.union(*values)


def decide(policy, case):
    now = instant(case["at"])
    given = {**case["session"], **case["call"]}
    types = {field: ty for field, _, ty in policy.requests[case["request"]]}
    fields = {name: policy.value(ty, given.get(name)) for name, ty in types.items()}
    references = {
        name.rpartition(".")[2]: Reference(policy, policy.references[name.rpartition(".")[2]], value)
        for name, value in case["references"].items()
    }
    values = {name: ("value", value) for name, value in fields.items()}
    question = Question(policy, values, references, now)
    windows = [window(question, piece) for name, ty in types.items() for piece in pieces(policy, ty, fields[name])]
    if any(not first <= now < end for first, end in windows):
        later = max(first for first, _ in windows)
        will_count = later > now and all(first <= later < end for first, end in windows)
        return {"outcome": "expired", "rules": [], "valid_until": later if will_count else None, "grant": None}
    found = {"permit": [], "forbid": []}
    for rule in policy.rules:
        if rule[2][1] == case["request"]:
            truth, scope = question.rule(rule)
            found[rule[0]].append((rule, truth, scope))
    inputs = min((end for _, end in windows), default=FOREVER)
    forbids = min([until for _, (_, until), _ in found["forbid"]] + [inputs])
    both_until = min([until for _, (_, until), _ in found["permit"]] + [forbids])
    stages = [("forbid", True, "forbid", forbids), ("forbid", None, "indeterminate", forbids)]
    stages += [("permit", None, "indeterminate", both_until), ("permit", True, "permit", both_until)]
    for effect, answer, outcome, until in stages:
        fired = [(rule, scope) for rule, (truth, _), scope in found[effect] if truth is answer]
        if not fired:
            continue
        grant = None
        if outcome == "permit" and case["request"] in policy.grants:
            grant = {}
            for field, ty, merge in policy.grants[case["request"]]:
                each = [question.granted(dict(rule[2][3])[field], ty, scope) for rule, scope in fired]
                if merge == "same" and any(value != each[0] for value in each):
                    outcome = "indeterminate"
                value = merged(merge, each)
                if field == "ttl" and ty == ("Duration",):
                    value = min(value, until - now)
                grant[field] = policy.shown(ty, value)
            grant = grant if outcome == "permit" else None
        rules = sorted(rule[2][0] for rule, _ in fired)
        return {"outcome": outcome, "rules": rules, "valid_until": end(question, until), "grant": grant}
    return {"outcome": "no_permit", "rules": [], "valid_until": end(question, both_until), "grant": None}


def end(question, until):
    if question.is_open:
        return "?"
    return None if until == FOREVER else until


def main():
    # Policies come in groups of cases: each is read once.
    known, policy = None, None
    sys.setrecursionlimit(10_000)
    for line in sys.stdin:
        case = json.loads(line)
        if case["files"] != known:
            known, policy = case["files"], Policy(case["files"])
        try:
            decision = decide(policy, case)
        except Unsound as unsound:
            decision = {"outcome": "unsound", "rules": [str(unsound)], "valid_until": None, "grant": None}
        print(json.dumps(decision))


if __name__ == "__main__":
    main()
