"""Reads policy text: tokens, expressions by binding strength, declarations. Written from docs/language alone; shares nothing with the compiler.

An expression is a tuple whose first element says what it is: ("name", text), ("binary", operator, left, right), ("literal", type, value) and so on.
"""

import datetime
import ipaddress
import re

TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<instant>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d))?)
  | (?P<cidr>\d+\.\d+\.\d+\.\d+/\d+)
  | (?P<ip>\d+\.\d+\.\d+\.\d+)
  | (?P<duration>(?:\d+(?:ms|[dhms])(?![a-z]))(?:\d+(?:ms|[dhms]))*)
  | (?P<int>\d[\d_]*)
  | (?P<prefixed>(?:hex|sha256|sha384|sha512|oid|version|ip|cidr)"[^"]*")
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<symbol>==|!=|<=|>=|=>|\.\.|[-+*<>=(){}\[\],;:.|?@])
    """,
    re.VERBOSE | re.DOTALL,
)

UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
COMPARISONS = {"==", "!=", "<", "<=", ">", ">=", "in", "is", "matches", "starts_with", "ends_with", "contains", "subset_of"}


def instant(text):
    """Milliseconds since 1970 of an instant of RFC 3339, or of a day's first."""
    if "T" not in text:
        text += "T00:00:00Z"
    # Years beyond 9999 and before 1 are not written in policies.
    when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (when - epoch) // datetime.timedelta(milliseconds=1)


def duration(text):
    """Milliseconds of `1h30m`."""
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    return sign * sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[dhms])", text))


def address(text):
    """Family and number of an address; one of IPv6 that stands for one of IPv4 is that one."""
    parsed = ipaddress.ip_address(text)
    if parsed.version == 6 and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return (parsed.version, int(parsed))


def network(text):
    """Family, first address and prefix length."""
    parsed = ipaddress.ip_network(text)
    return (parsed.version, int(parsed.network_address), parsed.prefixlen)


def unescaped(text):
    """The text that stands between quotes."""
    simple = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}

    def one(found):
        escape = found.group(1)
        return chr(int(escape[2:-1], 16)) if escape.startswith("u") else simple[escape]

    return re.sub(r'\\(u\{[0-9a-fA-F]+\}|["\\ntr])', one, text)


def literal(kind, text):
    """The expression of a token that is a literal."""
    if kind == "instant":
        return ("literal", "Instant", instant(text))
    if kind == "duration":
        return ("literal", "Duration", duration(text))
    if kind == "int":
        return ("literal", "Int", int(text.replace("_", "")))
    if kind == "string":
        return ("literal", "String", unescaped(text[1:-1]))
    if kind == "ip":
        return ("literal", "IpAddr", address(text))
    if kind == "cidr":
        return ("literal", "Cidr", network(text))
    prefix, _, inner = text[:-1].partition('"')
    if prefix == "ip":
        return ("literal", "IpAddr", address(inner))
    if prefix == "cidr":
        return ("literal", "Cidr", network(inner))
    if prefix == "oid":
        return ("literal", "Oid", tuple(int(arc) for arc in inner.split(".")))
    if prefix == "version":
        return ("literal", "Version", tuple(int(number) for number in inner.split(".")))
    return ("literal", "Bytes", bytes.fromhex(inner))


class Reader:
    """One file, token by token."""

    def __init__(self, text):
        self.tokens = []
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise SyntaxError(f"no token at {text[at:at + 20]!r}")
            if found.lastgroup != "space":
                self.tokens.append((found.lastgroup, found.group()))
            at = found.end()
        self.at = 0

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else None

    def take(self, wanted=None):
        found = self.tokens[self.at][1]
        if wanted is not None and found != wanted:
            raise SyntaxError(f"expected {wanted!r}, found {found!r} before {self.tokens[self.at + 1:self.at + 8]}")
        self.at += 1
        return found

    def taken(self, wanted):
        if self.peek() == wanted:
            self.at += 1
            return True
        return False

    def separated(self, close, one):
        """What stands before `close`, separated by commas of which the last may be left out."""
        found = []
        while not self.taken(close):
            found.append(one())
            if not self.taken(","):
                self.take(close)
                break
        return found

    # Expressions, loosest first.

    def expression(self):
        left = self.disjunction()
        return ("or", [("not", left), self.expression()]) if self.taken("implies") else left

    def disjunction(self):
        operands = [self.conjunction()]
        while self.taken("or"):
            operands.append(self.conjunction())
        return operands[0] if len(operands) == 1 else ("or", operands)

    def conjunction(self):
        operands = [self.negation()]
        while self.taken("and"):
            operands.append(self.negation())
        return operands[0] if len(operands) == 1 else ("and", operands)

    def negation(self):
        if self.taken("not"):
            return ("not", self.negation())
        return self.comparison()

    def comparison(self):
        left = self.sum()
        operator = self.peek()
        if operator not in COMPARISONS:
            return left
        self.take()
        if operator == "is":
            if self.taken("present"):
                return ("present", left)
            return ("is", left, self.take())
        return ("binary", operator, left, self.sum())

    def sum(self):
        left = self.product()
        while self.peek() in ("+", "-"):
            left = ("binary", self.take(), left, self.product())
        return left

    def product(self):
        left = self.sign()
        while self.peek() == "*":
            left = ("binary", self.take(), left, self.sign())
        return left

    def sign(self):
        if self.taken("-"):
            return ("negate", self.sign())
        return self.postfix()

    def postfix(self):
        found = self.primary()
        while True:
            if self.peek() == ".":
                self.take()
                found = ("field", found, self.take())
            elif self.peek() == "[":
                self.take()
                first = int(self.take())
                self.take("..")
                found = ("slice", found, first, int(self.take()))
                self.take("]")
            else:
                return found

    def primary(self):
        kind, text = self.tokens[self.at]
        if text == "(":
            self.take()
            inner = self.expression()
            self.take(")")
            return inner
        if text == "{":
            self.take()
            return ("set", self.separated("}", self.expression))
        if kind not in ("word", "symbol"):
            self.take()
            return literal(kind, text)
        if text in ("true", "false"):
            self.take()
            return ("literal", "Bool", text == "true")
        if text == "tcb":
            self.take()
            self.take("{")
            return ("literal", "Tcb", tuple(sorted(self.separated("}", self.component))))
        if text in ("any", "all"):
            self.take()
            variable = self.take()
            self.take("in")
            walked = self.sum()
            self.take(":")
            return (text, variable, walked, self.expression())
        if text == "if":
            self.take()
            condition = self.expression()
            self.take("then")
            then = self.expression()
            self.take("else")
            return ("if", condition, then, self.expression())
        if text == "count" and self.peek(1) == "(":
            return self.count()
        name = self.take()
        if self.peek() == "(":
            self.take()
            return ("call", name, self.separated(")", self.expression))
        return ("name", name)

    def component(self):
        name = self.take()
        self.take(":")
        return (name, int(self.take()))

    def count(self):
        self.take("count")
        self.take("(")
        distinct = None
        if self.taken("distinct"):
            distinct = self.expression()
            self.take("for")
        variable = self.take()
        self.take("in")
        walked = self.sum()
        condition = self.expression() if self.taken("where") else ("literal", "Bool", True)
        self.take(")")
        return ("count", distinct, variable, walked, condition)

    # Types: ("Int",), ("Bytes", 3), ("Set", T), ("List", T), ("Optional", T), and names of what is declared.

    def type(self):
        if self.taken("["):
            inner = self.type()
            self.take(";")
            self.take()
            self.take("]")
            found = ("List", inner)
        else:
            name = self.take()
            found = (name,)
            if self.taken("<"):
                found = ("Set", self.type()) if name == "Set" else (name, int(self.take()))
                self.take(">")
        while self.taken("?"):
            found = ("Optional", found)
        return found

    # Declarations.

    def skip_block(self):
        depth = 0
        while True:
            token = self.take()
            depth += (token == "{") - (token == "}")
            if depth == 0 and token == "}":
                return

    def attributes(self):
        found = {}
        while self.taken("@"):
            name = self.take()
            found[name] = []
            if self.taken("("):
                found[name] = self.separated(")", self.argument)
        return found

    def argument(self):
        key = None
        if self.tokens[self.at][0] == "word" and self.peek(1) == ":":
            key = self.take()
            self.take(":")
        return (key, self.expression())

    def fields(self):
        """`name: Type, …}` with attributes before the names."""

        def one():
            self.attributes()
            name = self.take()
            self.take(":")
            return (name, self.type())

        return self.separated("}", one)

    def items(self, close=None):
        found = []
        while self.at < len(self.tokens) and self.peek() != close:
            attributes = self.attributes()
            word = self.take()
            if word in ("package", "use", "floor"):
                while self.take() != ";":
                    pass
            elif word in ("test", "invariant"):
                self.skip_block()
            else:
                found.append((word, attributes, getattr(self, "read_" + word)()))
        return found

    def read_enum(self):
        name, cases, groups = self.take(), [], {}
        self.take("{")

        def member():
            member = self.take()
            if self.taken("{"):
                groups[member] = self.separated("}", self.take)
                cases.extend(groups[member])
            else:
                cases.append(member)

        self.separated("}", member)
        return (name, cases, groups)

    def read_record(self):
        name = self.take()
        self.take("{")
        return (name, self.fields())

    def read_evidence(self):
        name = self.take()
        self.take()
        attributes = self.attributes()
        self.take("{")
        return (name, attributes, self.fields())

    def read_request(self):
        name = self.take()
        self.take("{")

        def one():
            self.attributes()
            stage, field = self.take(), self.take()
            self.take(":")
            self.take()
            return (field, stage, self.type())

        return (name, self.separated("}", one))

    def read_grant(self):
        self.take()
        self.take("for")
        request = self.take()
        self.take("{")

        def one():
            field = self.take()
            self.take(":")
            ty = self.type()
            self.take("merge")
            return (field, ty, self.take())

        return (request, self.separated("}", one))

    def read_reference(self):
        name = self.take()
        self.take(":")
        ty = self.type()
        self.take(";")
        return (name, ty)

    def parameters(self):
        self.take("(")

        def one():
            name = self.take()
            self.take(":")
            return (name, self.type())

        return self.separated(")", one)

    def read_predicate(self):
        name, parameters = self.take(), self.parameters()
        self.take("=")
        body = self.expression()
        self.take(";")
        return (name, parameters, body)

    def read_template(self):
        name, parameters = self.take(), self.parameters()
        self.take("{")
        items = self.items(close="}")
        self.take("}")
        return (name, parameters, items)

    def read_apply(self):
        template = self.take()
        self.take("(")
        arguments = self.separated(")", self.expression)
        self.take("as")
        name = self.take()
        self.take(";")
        return (template, arguments, name)

    def rule(self):
        name = self.take()
        self.take("for")
        request = self.take()
        lines, grant = [], None
        if self.taken("where"):
            lines.append(("when", self.expression()))
            while self.taken(","):
                lines.append(("when", self.expression()))
        if self.taken(";"):
            return (name, request, lines, grant)
        self.take("{")
        while not self.taken("}"):
            word = self.take()
            if word == "grant":
                self.take("{")

                def one():
                    field = self.take()
                    self.take(":")
                    return (field, self.expression())

                grant = self.separated("}", one)
                self.taken(";")
                continue
            if word == "let":
                given = self.take()
                self.take("=")
                lines.append(("let", given, self.expression()))
            elif word == "reason":
                self.take()
            else:
                condition = self.expression()
                lines.append(("unless" if word == "unless" else "when", condition))
                if self.taken("else"):
                    self.take()
            self.take(";")
        return (name, request, lines, grant)

    read_permit = rule
    read_forbid = rule
