"""What rules say and give: docs/language/rules.md and decisions.md."""

from conditions import Conditions
from truth import FOREVER, Missing, Unsound, both


class Question(Conditions):
    """Rules, asked of one question."""

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
