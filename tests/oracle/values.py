"""What expressions are worth, and how values compare: docs/language/expressions.md and types.md."""

import hashlib

from truth import FOREVER, LEAST, MOST, Missing, Unsound


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


class Values:
    """One question of a policy: values by name, reference values, a clock; and what expressions are worth there."""

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
