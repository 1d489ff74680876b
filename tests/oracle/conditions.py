"""What conditions say: docs/language/expressions.md."""

from truth import FOREVER, Missing, Unsound, both, either, negated
from values import COMPARE, MIRRORED, Values, at_least, in_network, looks_like


class Conditions(Values):
    """Conditions, asked of one question."""

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
        edges = [edge for edge in (since, since + bound, since + bound + 1) if edge > self.now]
        older = lambda now: COMPARE[operator](FOREVER if now < since else now - since, bound)
        # Before its date it is infinitely old, and after it only grows older: the answer can change at the date, and at the bound or just beyond.
        changes = [edge for edge in edges if older(edge) != older(self.now)]
        if edges and not changes:
            # Whether an instant that could have changed it counts is left open.
            self.is_open = True
        return (older(self.now), min([until] + changes))

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
