//! The words that the language itself gives a meaning to, with a sentence on each. The language reference says the rest.

/// Where a word means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A type.
    Type,
    /// A function.
    Function,
    /// Something with a value.
    Value,
    /// After `@`.
    Attribute,
    /// A kind of fact.
    Fact,
    /// Whose honesty a value rests on.
    Provenance,
    /// After `merge`.
    Merge,
    /// After `@severity`.
    Severity,
    /// After a lint's name.
    Level,
    /// Anything else that the grammar knows.
    Keyword,
}

/// A word of the language.
#[derive(Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Where it means something.
    pub sort: Sort,
    /// The word.
    pub name: &'static str,
    /// How it is written.
    pub shown: &'static str,
    /// What it means.
    pub docs: &'static str,
    /// The type of its value, if it has one.
    pub result: &'static str,
}

/// The word of a sort.
pub fn find(sort: Sort, name: &str) -> Option<&'static BuiltIn> {
    ALL.iter().find(|known| known.sort == sort && known.name == name)
}

/// Every word of a sort.
pub fn of(sort: Sort) -> impl Iterator<Item = &'static BuiltIn> {
    ALL.iter().filter(move |known| known.sort == sort)
}

const fn word(sort: Sort, name: &'static str, shown: &'static str, docs: &'static str) -> BuiltIn {
    BuiltIn { sort, name, shown, docs, result: "Bool" }
}

const fn function(name: &'static str, shown: &'static str, result: &'static str, docs: &'static str) -> BuiltIn {
    BuiltIn { sort: Sort::Function, name, shown, docs, result }
}

const ALL: &[BuiltIn] = &[
    word(Sort::Type, "Bool", "Bool", "True or false."),
    word(Sort::Type, "Int", "Int", "An integer of 64 bits. Arithmetic on it is exact: what might not fit is refused."),
    word(Sort::Type, "String", "String", "Text in UTF-8, compared byte by byte."),
    word(Sort::Type, "Bytes", "Bytes<N>", "Exactly N bytes; without `<N>`, any number of them."),
    word(Sort::Type, "Digest", "Digest<N>", "A digest of N bytes: 32 for SHA-256, 48 for SHA-384, 64 for SHA-512."),
    word(Sort::Type, "Duration", "Duration", "A length of time, such as `5m`, in milliseconds."),
    word(Sort::Type, "Instant", "Instant", "A point in time, such as `2026-11-21T00:00:00Z`."),
    word(
        Sort::Type,
        "Tcb",
        "Tcb",
        "A vector of component versions. `>=` and `<=` compare component by component, so of two vectors neither may be the newer.",
    ),
    word(Sort::Type, "Version", "Version", "A version of three numbers, such as `version\"1.52.4\"`."),
    word(Sort::Type, "IpAddr", "IpAddr", "An IPv4 or IPv6 address."),
    word(Sort::Type, "Cidr", "Cidr", "A network: an address and the length of its prefix, such as `10.0.0.0/8`."),
    word(Sort::Type, "Oid", "Oid", "An object identifier, such as `oid\"1.2.3\"`."),
    word(
        Sort::Type,
        "Set",
        "Set<T>",
        "Any number of different values. It is asked, never walked: `in`, `contains`, `subset_of`.",
    ),
    function(
        "age",
        "age(evidence)",
        "Duration",
        "The time since the evidence was made or verified. A permit that reads evidence must bound it: `age(p) <= 5m`.",
    ),
    function("verified_at", "verified_at(evidence)", "Instant", "When the evidence was verified."),
    function("sha256", "sha256(value)", "Digest<32>", "The SHA-256 digest of a text's UTF-8 or of bytes."),
    function("sha384", "sha384(value)", "Digest<48>", "The SHA-384 digest of a text's UTF-8 or of bytes."),
    function("sha512", "sha512(value)", "Digest<64>", "The SHA-512 digest of a text's UTF-8 or of bytes."),
    function(
        "evidence",
        "evidence(\"file.json\")",
        "Evidence",
        "In a test: the evidence that a file names, verified at the test's clock. The path is relative to this file.",
    ),
    word(Sort::Value, "sample", "sample", "A genuine-looking value, for tests."),
    word(Sort::Value, "permitted", "permitted", "Whether the call is permitted. Only in an invariant."),
    word(Sort::Attribute, "owner", "@owner(\"team\")", "Who answers for the rule."),
    word(
        Sort::Attribute,
        "severity",
        "@severity(high)",
        "How much it matters: `low`, `medium`, `high` or `critical`. It changes no decision.",
    ),
    word(
        Sort::Attribute,
        "exception",
        "@exception(ticket: \"SEC-123\", expires: 2026-12-31)",
        "The rule is an exception: it needs an `@owner`, and stops applying when it expires.",
    ),
    word(
        Sort::Attribute,
        "lint",
        "@lint(shadowed_rule: allow)",
        "The level of a lint here: `allow`, `warn` or `deny`.",
    ),
    word(Sort::Attribute, "fact", "@fact(code_identity)", "What kind of fact the claim proves by itself."),
    word(Sort::Attribute, "sample", "@sample(value)", "The value that the field has in the type's `sample`."),
    word(Sort::Attribute, "verifier", "@verifier(\"sev-snp\")", "Which verifier of the engine makes this evidence."),
    word(
        Sort::Attribute,
        "age_from",
        "@age_from(issued_at)",
        "The `Instant` field that `age` counts from; `verified_at` without it.",
    ),
    word(
        Sort::Attribute,
        "max_age",
        "@max_age(24h)",
        "The age at which the evidence counts as expired, whatever its `expires_at` says.",
    ),
    word(
        Sort::Attribute,
        "challenged",
        "@challenged",
        "No session opens without proof that the evidence answers a nonce that the engine issued.",
    ),
    word(
        Sort::Attribute,
        "sensitive",
        "@sensitive",
        "Decides as any other field; explanations of decisions never show its value.",
    ),
    word(Sort::Fact, "code_identity", "code_identity", "Which code runs: measurements, and keys that sign them."),
    word(
        Sort::Fact,
        "platform_health",
        "platform_health",
        "What state the platform is in: patch levels, debugging, mitigations.",
    ),
    word(Sort::Fact, "workload_identity", "workload_identity", "Who the workload is: its names and keys."),
    word(
        Sort::Fact,
        "circumstance",
        "circumstance",
        "Everything else, above all what the host or the caller can choose.",
    ),
    word(
        Sort::Provenance,
        "attested",
        "attested",
        "Rests on the hardware vendor: a signature of the hardware covers it and was verified here.",
    ),
    word(
        Sort::Provenance,
        "authenticated",
        "authenticated",
        "Rests on an issuer that the deployment trusts, who signed it.",
    ),
    word(Sort::Provenance, "local", "local", "Rests on the service that embeds the engine."),
    word(Sort::Provenance, "asserted", "asserted", "Rests on the caller, who says so."),
    word(Sort::Merge, "min", "merge min", "The smaller of two numbers, durations or instants."),
    word(Sort::Merge, "max", "merge max", "The larger of two numbers, durations or instants."),
    word(Sort::Merge, "same", "merge same", "Both permits must give the same value; otherwise the call is denied."),
    word(Sort::Merge, "intersect", "merge intersect", "What both sets have."),
    word(Sort::Merge, "union", "merge union", "What either set has."),
    word(Sort::Severity, "low", "low", ""),
    word(Sort::Severity, "medium", "medium", ""),
    word(Sort::Severity, "high", "high", ""),
    word(Sort::Severity, "critical", "critical", ""),
    word(Sort::Level, "allow", "allow", "Say nothing."),
    word(Sort::Level, "warn", "warn", "Warn."),
    word(Sort::Level, "deny", "deny", "Refuse the policy."),
    word(
        Sort::Keyword,
        "permit",
        "permit name for Request where … { … }",
        "Allows what it applies to, unless a forbid applies.",
    ),
    word(
        Sort::Keyword,
        "forbid",
        "forbid name for Request where … { … }",
        "Refuses what it applies to, whatever is permitted.",
    ),
    word(
        Sort::Keyword,
        "require",
        "require condition else \"sentence\";",
        "The condition must hold; a refused caller is told the sentence.",
    ),
    word(Sort::Keyword, "when", "when condition;", "The rule applies only where the condition holds."),
    word(Sort::Keyword, "unless", "unless condition;", "The rule applies only where the condition does not hold."),
    word(Sort::Keyword, "reason", "reason \"sentence\";", "What a caller is told whom this forbid refuses."),
    word(
        Sort::Keyword,
        "where",
        "where match, …",
        "Matches that can be looked up; everything else belongs in the body.",
    ),
    word(Sort::Keyword, "session", "session name: …", "Given once, when a session opens."),
    word(Sort::Keyword, "call", "call name: …", "Given with each question."),
    word(
        Sort::Keyword,
        "bound",
        "bound to field",
        "No session opens without proof that both fields are about one and the same thing.",
    ),
    word(Sort::Keyword, "merge", "merge how", "How two permits that both apply combine."),
    word(
        Sort::Keyword,
        "floor",
        "floor kind: provenance, …;",
        "For each kind of fact, the least provenance of what must establish it in every permit.",
    ),
    word(
        Sort::Keyword,
        "reference",
        "reference name: Type;",
        "A value that is filled from a file where the policy is deployed.",
    ),
    word(Sort::Keyword, "predicate", "predicate name(x: T) = condition;", "A condition with a name."),
    word(Sort::Keyword, "template", "template name(x: T) { … }", "A family of rules that differ in constants."),
    word(
        Sort::Keyword,
        "apply",
        "apply template(…) as name;",
        "Writes the template's declarations out with these arguments.",
    ),
    word(Sort::Keyword, "test", "test \"name\" { … }", "One question, and what must come out."),
    word(Sort::Keyword, "invariant", "invariant \"name\" for Request { … }", "What must hold for every question."),
    word(Sort::Keyword, "given", "given Request { … }", "The question of a test."),
    word(
        Sort::Keyword,
        "with",
        "with reference = value",
        "A reference value of a test; those that are not given are not loaded.",
    ),
    word(Sort::Keyword, "expect", "expect permit | deny | grant | valid_until", "What must come out."),
    word(Sort::Keyword, "implies", "a implies b", "`not a or b`."),
    word(
        Sort::Keyword,
        "matches",
        "text matches \"crm.*.read\"",
        "The whole text looks like the pattern: `*` is any run of characters, `?` exactly one.",
    ),
    word(Sort::Keyword, "present", "x is present", "The optional value is there; it may be read from here on."),
    word(
        Sort::Keyword,
        "count",
        "count(x in xs where …)",
        "For how many elements it holds; `count(distinct e for x in xs where …)` counts different values.",
    ),
    word(Sort::Keyword, "any", "any x in xs: condition", "It holds for at least one element."),
    word(Sort::Keyword, "all", "all x in xs: condition", "It holds for every element; also where there is none."),
    word(Sort::Keyword, "subset_of", "a subset_of b", "Every value of `a` is in the set `b`."),
];
