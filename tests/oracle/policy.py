"""What a bundle declares, what a file of references says, and the JSON of values: docs/language/references.md."""

import ipaddress
import json

from reader import Reader, address, duration, instant, network
from truth import FOREVER, Missing


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
