"""Decides questions as docs/language says, and as naively as can be: an independent witness for the small core of the language.

Reads cases as JSON lines on standard input, each `{"files": [text], "request": name, "session": {…}, "call": {…}, "references": {…}, "at": instant}`, and writes a decision
for each: `{"outcome", "rules", "valid_until", "grant"}`. `valid_until` is "?" where docs/language leaves open how exactly a condition is certain. A value that is read
although it is absent, or a number that does not fit, is an error: no accepted policy does that.

The core is everything but unions of evidence and what only hardware signs.
"""

import hashlib
import ipaddress
import json
import sys

from reader import Reader, address, duration, instant, network

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


class Reference:
    """A reference value as a file of references has it: docs/language/references.md."""

    def __init__(self, policy, ty, given):
        self.is_set = ty[0] == "Set"
        single = ty[1] if self.is_set else ty
        if isinstance(given, dict) and "values" in given:
            entries = given["values"]
        else:
            entries = [{"value": value} for value in given] if self.is_set else [{"value": given}]
        self.windows = {}
        revoked = set()
        for entry in entries:
            value = policy.value(single, entry["value"])
            state = entry.get("state", "active")
            window = (
                instant(entry["from"]) if "from" in entry else -FOREVER,
                instant(entry["until"]) if "until" in entry else FOREVER,
            )
            self.windows.setdefault(value, [])
            if state == "revoked":
                revoked.add(value)
            elif state != "candidate":
                self.windows[value].append(window)
        for value in revoked:
            self.windows[value] = []

    def counts(self, value, now):
        """Whether a value counts, and until when that is certain."""
        windows = self.windows.get(value, [])
        now_counts = any(first <= now < end for first, end in windows)
        changes = sorted(edge for window in windows for edge in window if now < edge < FOREVER)
        for change in changes:
            if any(first <= change < end for first, end in windows) != now_counts:
                return (now_counts, change)
        return (now_counts, FOREVER)

    def set(self, now):
        """The values that count, and until when these are all."""
        counting = {value: self.counts(value, now) for value in self.windows}
        until = min((until for _, until in counting.values()), default=FOREVER)
        return (frozenset(value for value, (counts, _) in counting.items() if counts), until)

    def one(self, now):
        (value,) = self.windows
        counts, until = self.counts(value, now)
        if not counts:
            raise Missing(until)
        return (value, until)


class Policy:
    """What the files of a bundle declare."""

    def __init__(self, files):
        self.cases, self.groups, self.structs, self.evidence = {}, {}, {}, {}
        self.requests, self.grants, self.references, self.predicates = {}, {}, {}, {}
        self.rules, templates, applications = [], {}, []
        for text in files:
            for word, attributes, item in Reader(text).items():
                if word == "enum":
                    self.cases.update((case, item[0]) for case in item[1])
                    self.groups.update(item[2])
                elif word == "record":
                    self.structs[item[0]] = dict(item[1])
                elif word == "evidence":
                    self.structs[item[0]] = dict(item[2])
                    self.evidence[item[0]] = item[1]
                elif word == "request":
                    self.requests[item[0]] = item[1]
                elif word == "grant":
                    self.grants[item[0]] = item[1]
                elif word == "reference":
                    self.references[item[0]] = item[1]
                elif word == "predicate":
                    self.predicates[item[0]] = item[1:]
                elif word == "template":
                    templates[item[0]] = item[1:]
                elif word == "apply":
                    applications.append(item)
                else:
                    self.rules.append((word, attributes, item, {}))
        for template, arguments, name in applications:
            parameters, items = templates[template]
            given = {parameter: argument for (parameter, _), argument in zip(parameters, arguments)}
            for word, attributes, (rule, *rest) in items:
                self.rules.append((word, attributes, (f"{name}_{rule}", *rest), given))

    def value(self, ty, given):
        """A value of a type from its JSON."""
        kind = ty[0]
        if kind == "Optional":
            return None if given is None else self.value(ty[1], given)
        if kind == "Set":
            return frozenset(self.value(ty[1], each) for each in given)
        if kind == "List":
            return [self.value(ty[1], each) for each in given]
        if kind in self.structs:
            record = {name: self.value(inner, given.get(name)) for name, inner in self.structs[kind].items()}
            record["…kind"] = kind
            return record
        convert = {
            "Bytes": bytes.fromhex,
            "Digest": bytes.fromhex,
            "Duration": duration,
            "Instant": instant,
            "Tcb": lambda tcb: tuple(sorted(tcb.items())),
            "Version": lambda text: tuple(int(number) for number in text.split(".")),
            "IpAddr": address,
            "Cidr": network,
            "Oid": lambda text: tuple(int(arc) for arc in text.split(".")),
        }
        return convert[kind](given) if kind in convert else given

    def shown(self, ty, value):
        """The JSON of a value."""
        kind = ty[0]
        if kind == "Set":
            return sorted((self.shown(ty[1], each) for each in value), key=compact)
        show = {
            "Bytes": bytes.hex,
            "Digest": bytes.hex,
            "Tcb": dict,
            "Version": lambda numbers: ".".join(map(str, numbers)),
            "Oid": lambda arcs: ".".join(map(str, arcs)),
            "IpAddr": lambda found: str(numbered(*found)),
            "Cidr": lambda found: f"{numbered(*found[:2])}/{found[2]}",
        }
        return show[kind](value) if kind in show else value


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def numbered(family, number):
    return ipaddress.IPv4Address(number) if family == 4 else ipaddress.IPv6Address(number)


def in_network(inner, outer):
    """Whether an address, or a whole network, lies in a network."""
    family, number, *length = inner
    bits = 32 if family == 4 else 128
    shift = bits - outer[2]
    inside = family == outer[0] and number >> shift == outer[1] >> shift
    return inside and (not length or length[0] >= outer[2])


def looks_like(text, pattern):
    """Whether a text has a form: `*` is any run of characters, `?` one, a backslash makes the next one itself."""
    pieces, at = [], 0
    while at < len(pattern):
        if pattern[at] == "\\":
            pieces.append((False, pattern[at + 1]))
            at += 2
        else:
            pieces.append((pattern[at] in "*?", pattern[at]))
            at += 1
    reached = {0}
    for special, letter in pieces:
        if special and letter == "*":
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            any_letter = special and letter == "?"
            reached = {end + 1 for end in reached if end < len(text) and (any_letter or text[end] == letter)}
    return len(text) in reached


def at_least(newer, older):
    newer, older = dict(newer), dict(older)
    return all(name in newer and newer[name] >= version for name, version in older.items())


COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Question:
    """One question of a policy: values by name, reference values, a clock."""

    def __init__(self, policy, values, references, now):
        self.policy, self.values, self.references, self.now = policy, values, references, now
        # Whether something was asked of which docs/language does not say exactly until when it is certain.
        self.is_open = False

    # Values: each with the instant until which it is certain.

    def named(self, name, scope):
        """What a name is bound to: ("value", v), ("expr", e, scope) or nothing."""
        return scope.get(name)

    def place(self, expression, scope):
        """The value of a path, None where it is absent; Unsound where the path itself is broken."""
        if expression[0] == "name":
            found = self.named(expression[1], scope)
            if found is None:
                raise LookupError(expression[1])
            return found[1] if found[0] == "value" else self.place(found[1], found[2])
        base = self.place(expression[1], scope)
        if base is None:
            raise Unsound(expression)
        return base[expression[2]]

    def value(self, expression, scope):
        kind = expression[0]
        if kind == "literal":
            return (expression[2], FOREVER)
        if kind == "name":
            found = self.named(expression[1], scope)
            if found is not None:
                if found[0] == "expr":
                    return self.value(found[1], found[2])
                if found[1] is None:
                    raise Unsound(expression)
                return (found[1], FOREVER)
            if expression[1] in self.policy.references:
                return self.reference(expression[1]).one(self.now)
            return (expression[1], FOREVER)
        if kind == "field":
            if expression[1][0] == "name" and self.named(expression[1][1], scope) is None:
                # `Enum.case`
                return (expression[2], FOREVER)
            found = self.place(expression, scope)
            if found is None:
                raise Unsound(expression)
            return (found, FOREVER)
        if kind == "slice":
            found, until = self.value(expression[1], scope)
            return (found[expression[2]:expression[3]], until)
        if kind == "negate":
            found, until = self.value(expression[1], scope)
            return (self.fits(-found), until)
        if kind == "call":
            if expression[1] == "verified_at":
                evidence = self.place(expression[2][0], scope)
                if evidence is None:
                    raise Unsound(expression)
                return (evidence["verified_at"], FOREVER)
            found, until = self.value(expression[2][0], scope)
            found = found.encode() if isinstance(found, str) else found
            return (hashlib.new(expression[1], found).digest(), until)
        _, operator, left, right = expression
        (left, left_until), (right, right_until) = self.value(left, scope), self.value(right, scope)
        computed = {"+": left + right, "-": left - right, "*": left * right}[operator]
        return (self.fits(computed), min(left_until, right_until))

    def fits(self, number):
        if not LEAST <= number <= MOST:
            raise Unsound(number)
        return number

    def reference(self, name):
        if name not in self.references:
            raise Missing(FOREVER)
        return self.references[name]

    def set(self, expression, scope):
        """A set: written out, of a field, or a reference."""
        expression, scope = self.resolved(expression, scope)
        if expression[0] == "set":
            return (frozenset(self.value(each, scope)[0] for each in expression[1]), FOREVER)
        name = self.reference_name(expression, scope)
        if name is not None:
            found = self.reference(name)
            values, until = found.set(self.now)
            if until < FOREVER:
                self.is_open = True
            return (values, until)
        return self.value(expression, scope)

    def reference_name(self, expression, scope):
        """The reference that an expression is, or a name for one."""
        if expression[0] != "name":
            return None
        found = self.named(expression[1], scope)
        if found is not None:
            return self.reference_name(found[1], found[2]) if found[0] == "expr" else None
        return expression[1] if expression[1] in self.policy.references else None

    # Conditions.

    def chain(self, operands, scope, stops_at):
        """The truths of operands of which each may rely on those before it: on their being true in an `and`, false in an `or`."""
        truths = []
        for operand in operands:
            try:
                truths.append(self.truth(operand, scope))
            except Unsound:
                if all(answer is not stops_at for answer, _ in truths):
                    raise
                # An earlier operand decides for as long as it does, and none of this is ever read.
                truths.append((stops_at, max(until for answer, until in truths if answer is stops_at)))
        return truths

    def truth(self, expression, scope):
        kind = expression[0]
        if kind == "and":
            return both(self.chain(expression[1], scope, False))
        if kind == "or":
            return either(self.chain(expression[1], scope, True))
        if kind == "not":
            return negated(self.truth(expression[1], scope))
        if kind == "if":
            _, condition, then, otherwise = expression
            return self.chosen(condition, lambda: self.truth(then, scope), lambda: self.truth(otherwise, scope), scope)
        if kind == "present":
            return (self.place(expression[1], scope) is not None, FOREVER)
        if kind in ("any", "all"):
            _, variable, walked, condition = expression
            truths = self.elements(variable, walked, condition, scope)
            return either(truths) if kind == "any" else both(truths)
        if kind == "call" and expression[1] in self.policy.predicates:
            parameters, body = self.policy.predicates[expression[1]]
            inner = {name: ("expr", argument, scope) for (name, _), argument in zip(parameters, expression[2])}
            return self.truth(body, inner)
        if kind == "binary" and expression[1] not in ("+", "-", "*"):
            return self.asked(*expression[1:], scope)
        if kind == "name":
            found = self.named(expression[1], scope)
            if found is not None and found[0] == "expr":
                return self.truth(found[1], found[2])
        return self.value(expression, scope)

    def chosen(self, condition, then, otherwise, scope):
        """`(c and a) or (not c and b)`, of which only the one that c chooses need be sound."""
        test = self.truth(condition, scope)

        def branch(test, body):
            try:
                return both([test, body()])
            except Unsound:
                if test[0] is not False:
                    raise
                return test

        return either([branch(test, then), branch(negated(test), otherwise)])

    def elements(self, variable, walked, condition, scope):
        found = self.place(walked, scope)
        if found is None:
            raise Unsound(walked)
        return [self.truth(condition, {**scope, variable: ("value", element)}) for element in found]

    def counted(self, count, scope):
        """The truths of the elements that count: of those with the same distinct value, one."""
        _, distinct, variable, walked, condition = count
        truths = self.elements(variable, walked, condition, scope)
        if distinct is None:
            return truths
        groups = {}
        for truth, element in zip(truths, self.place(walked, scope)):
            if truth[0] is False and truth[1] == FOREVER:
                continue
            key = self.value(distinct, {**scope, variable: ("value", element)})[0]
            groups.setdefault(key, []).append(truth)
        return [either(group) for group in groups.values()]

    def is_count(self, expression, scope):
        if expression[0] == "name":
            found = self.named(expression[1], scope)
            return found is not None and found[0] == "expr" and self.is_count(found[1], found[2])
        return expression[0] == "count"

    def count_of(self, expression, scope):
        if expression[0] == "name":
            found = self.named(expression[1], scope)
            return self.count_of(found[1], found[2])
        truths = self.counted(expression, scope)
        if any(until < FOREVER for _, until in truths):
            self.is_open = True
        least = sum(answer is True for answer, _ in truths)
        most = sum(answer is not False for answer, _ in truths)
        return (least, most)

    def states_condition(self, expression, scope):
        kind = expression[0]
        if kind == "name":
            found = self.named(expression[1], scope)
            return found is not None and found[0] == "expr" and self.states_condition(found[1], found[2])
        if kind == "if":
            return self.states_condition(expression[2], scope) or self.states_condition(expression[3], scope)
        if kind == "call":
            return expression[1] in self.policy.predicates
        if kind == "binary":
            return expression[1] not in ("+", "-", "*")
        return kind in ("and", "or", "not", "present", "any", "all")

    def asked(self, operator, left, right, scope):
        """A question of two values. One that is chosen makes it a choice of two questions."""
        for side, other in ((left, right), (right, left)):
            chosen = self.as_choice(side, scope)
            if chosen is not None and not (operator in ("==", "!=") and self.states_condition(side, scope)):
                condition, then, otherwise, inner = chosen

                # The branches keep the names of where they were written; no name means two things in one rule.
                names = {**inner, **scope}

                def of(branch):
                    pair = (branch, other) if side is left else (other, branch)
                    return lambda: self.asked(operator, *pair, names)

                return self.chosen(condition, of(then), of(otherwise), inner)
        for side in (left, right):
            if side[0] == "call" and side[1] == "age":
                return self.age(operator if side is left else MIRRORED[operator], side, right if side is left else left, scope)
            if self.is_count(side, scope):
                return self.compared_count(operator if side is left else MIRRORED[operator], side, right if side is left else left, scope)
        if operator in ("==", "!=") and (self.states_condition(left, scope) or self.states_condition(right, scope)):
            one, other = self.truth(left, scope), self.truth(right, scope)
            same = either([both([one, other]), both([negated(one), negated(other)])])
            return negated(same) if operator == "!=" else same
        if operator == "in":
            return self.membership(left, right, scope)
        if operator == "contains" and self.is_container(left, scope):
            return self.membership(right, left, scope)
        if operator == "subset_of":
            return self.subset(left, right, scope)
        try:
            return self.compared(operator, left, right, scope)
        except Missing as missing:
            return (None, missing.until)

    def as_choice(self, expression, scope):
        """The parts of an `if`, or of a name for one, with the names it sees."""
        if expression[0] == "name":
            found = self.named(expression[1], scope)
            return self.as_choice(found[1], found[2]) if found is not None and found[0] == "expr" else None
        return (*expression[1:], scope) if expression[0] == "if" else None

    def compared(self, operator, left, right, scope):
        if operator in ("==", "!="):
            is_set = self.is_container(left, scope) or self.is_container(right, scope)
            read = self.set if is_set else self.value
        else:
            read = self.value
        until, values, missing = FOREVER, [], False
        for side in (left, right):
            try:
                value, certain = read(side, scope)
                values.append(value)
            except Missing as found:
                missing, certain = True, found.until
            until = min(until, certain)
        if missing:
            raise Missing(until)
        one, other = values
        if operator == "matches":
            return (looks_like(one, other), until)
        if operator == "starts_with":
            return (one.startswith(other), until)
        if operator == "ends_with":
            return (one.endswith(other), until)
        if operator == "contains":
            return (other in one, until)
        if operator in ("<=", ">=") and self.is_tcb(one) and self.is_tcb(other):
            newer, older = (one, other) if operator == ">=" else (other, one)
            return (at_least(newer, older), until)
        return (COMPARE[operator](one, other), until)

    def is_tcb(self, value):
        return isinstance(value, tuple) and all(isinstance(part, tuple) for part in value)

    def is_container(self, expression, scope):
        """Whether an expression is a set or a list."""
        expression, scope = self.resolved(expression, scope)
        if expression[0] == "set":
            return True
        name = self.reference_name(expression, scope)
        if name is not None:
            return self.policy.references[name][0] == "Set"
        if expression[0] not in ("name", "field"):
            return False
        try:
            return isinstance(self.place(expression, scope), (frozenset, list))
        except LookupError:
            return False

    def resolved(self, expression, scope):
        """What a name stands for, with the names that it sees; no name means two things in one rule."""
        while expression[0] == "name" and (scope.get(expression[1]) or ("",))[0] == "expr":
            _, expression, inner = scope[expression[1]]
            scope = {**scope, **inner}
        return expression, scope

    def membership(self, element, container, scope):
        container, scope = self.resolved(container, scope)
        if container[0] == "set":
            return either([self.same_or_inside(element, each, scope) for each in container[1]])
        if container[0] in ("name", "field") and container[-1] in self.policy.groups and (
            container[0] == "field" or self.named(container[1], scope) is None
        ):
            return (self.value(element, scope)[0] in self.policy.groups[container[-1]], FOREVER)
        try:
            value, until = self.value(element, scope)
            name = self.reference_name(container, scope)
            if name is not None and self.policy.references[name][0] == "Set":
                reference = self.reference(name)
                if self.policy.references[name][1] == ("Cidr",) and len(value) == 2:
                    networks, certain = self.set(container, scope)
                    return (any(in_network(value, each) for each in networks), min(until, certain))
                counts, certain = reference.counts(value, self.now)
                return (counts, min(until, certain))
            found, certain = self.value(container, scope)
            until = min(until, certain)
            if isinstance(found, tuple):
                return (in_network(value, found), until)
            return (any(self.is_inside(value, each) for each in found), until)
        except Missing as missing:
            return (None, missing.until)

    def is_inside(self, value, each):
        if isinstance(value, tuple) and isinstance(each, tuple) and len(value) == 2 and len(each) == 3 and value[0] in (4, 6):
            return in_network(value, each)
        return value == each

    def same_or_inside(self, element, each, scope):
        if each[0] == "if" or self.as_choice(each, scope) is not None:
            return self.asked("==", element, each, scope)
        try:
            (value, one), (found, other) = self.value(element, scope), self.value(each, scope)
            return (self.is_inside(value, found), min(one, other))
        except Missing as missing:
            return (None, missing.until)

    def subset(self, left, right, scope):
        left, scope = self.resolved(left, scope)
        if left[0] == "set":
            return both([self.membership(each, right, scope) for each in left[1]])
        try:
            inner, until = self.set(left, scope)
            if isinstance(inner, tuple):
                outer, certain = self.value(right, scope)
                return (in_network(inner, outer), min(until, certain))
            outer, certain = self.set(right, scope)
            return (all(each in outer for each in inner), min(until, certain))
        except Missing as missing:
            # Of an empty list or set nothing is asked, whatever is missing: how far that goes is left open.
            self.is_open = True
            if isinstance(self.container_of(left, scope), list) and not self.container_of(left, scope):
                return (True, FOREVER)
            return (None, missing.until)

    def container_of(self, expression, scope):
        try:
            return self.place(expression, scope)
        except LookupError:
            return None

    def age(self, operator, call, bound, scope):
        evidence = self.place(call[2][0], scope)
        if evidence is None:
            raise Unsound(call)
        since = evidence[self.age_from(evidence["…kind"])]
        try:
            bound, until = self.value(bound, scope)
        except Missing as missing:
            return (None, missing.until)
        compare = lambda now: COMPARE[operator](FOREVER if now < since else now - since, bound)
        answer = compare(self.now)
        # Before its date it is infinitely old, and after it only grows older: the answer can change at the date, and at the bound or just beyond.
        for edge in sorted({since, since + bound, since + bound + 1}):
            if edge > self.now and compare(edge) != answer:
                until = min(until, edge)
                break
        else:
            edge = FOREVER
        if any(edge > self.now for edge in (since, since + bound, since + bound + 1)) and edge == FOREVER:
            self.is_open = True
        return (answer, until)

    def age_from(self, kind):
        named = self.policy.evidence[kind].get("age_from")
        return named[0][1][1] if named else "verified_at"

    def compared_count(self, operator, count, bound, scope):
        least, most = self.count_of(count, scope)
        if self.is_count(bound, scope):
            other_least, other_most = self.count_of(bound, scope)
        else:
            try:
                value, until = self.value(bound, scope)
            except Missing as missing:
                return (None, missing.until)
            other_least = other_most = value
            if until < FOREVER:
                self.is_open = True
        answers = {
            COMPARE[operator](one, other)
            for one in range(least, most + 1)
            for other in range(other_least, other_most + 1)
        }
        return (answers.pop() if len(answers) == 1 else None, FOREVER)

    # Rules.

    def rule(self, rule):
        word, attributes, (_, _, lines, grant), given = rule
        scope = {**self.values, **{name: ("expr", argument, {}) for name, argument in given.items()}}
        conditions = []
        for line in lines:
            if line[0] == "let":
                scope = {**scope, line[1]: ("expr", line[2], scope)}
            else:
                condition = ("not", line[1]) if line[0] == "unless" else line[1]
                conditions.append((condition, scope))
        truths = []
        for condition, inner in conditions:
            try:
                truths.append(self.truth(condition, inner))
            except Unsound:
                if all(answer is not False for answer, _ in truths):
                    raise
                truths.append((False, max(until for answer, until in truths if answer is False)))
        for key, value in attributes.get("exception", []):
            if key == "expires":
                truths.append((True, value[2]) if self.now < value[2] else (False, FOREVER))
        for name in sorted(self.granted_references(grant or [], scope)):
            truths.append(self.loaded(name))
        return (both(truths), scope)

    def granted_references(self, grant, scope):
        found = set()

        def walk(expression, scope):
            if not isinstance(expression, tuple):
                if isinstance(expression, list):
                    for each in expression:
                        walk(each, scope)
                return
            if expression and expression[0] == "name":
                name = self.reference_name(expression, scope)
                if name is not None:
                    found.add(name)
                return
            for each in expression[1:]:
                walk(each, scope)

        for _, value in grant:
            walk(value, scope)
        return found

    def loaded(self, name):
        try:
            reference = self.reference(name)
            if reference.is_set:
                return (True, reference.set(self.now)[1])
            return (True, reference.one(self.now)[1])
        except Missing as missing:
            return (None, missing.until)

    def granted(self, expression, ty, scope):
        chosen = self.as_choice(expression, scope)
        if chosen is not None:
            condition, then, otherwise, inner = chosen
            return self.granted(then if self.truth(condition, inner)[0] else otherwise, ty, inner)
        if ty[0] == "Set":
            if expression[0] == "set":
                return frozenset(self.granted(each, ty[1], scope) for each in expression[1])
            return self.set(expression, scope)[0]
        return self.value(expression, scope)[0]


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
