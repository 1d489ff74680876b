/**
 * The grammar of `.atbac` policies.
 *
 * It follows the compiler's, production by production (`grammar/src/grammar.lalrpop`), and is as strict but for one thing: a quantifier or an `if`
 * may stand wherever an expression may. Words that are keywords in some places only (`session`, `test`, …) are names in all others, as tree-sitter
 * takes a word for a keyword only where the keyword could stand.
 */

/// <reference types="tree-sitter-cli/dsl" />

// Loosest first: docs/language/expressions.md.
const REACH = { open: 0, implies: 1, or: 2, and: 3, not: 4, compare: 5, sum: 6, product: 7, negate: 8, postfix: 9 };

const list = (rule) => seq(rule, repeat(seq(",", rule)));
const comma = (rule) => optional(seq(list(rule), optional(",")));

module.exports = grammar({
  name: "atbac",

  word: ($) => $.identifier,

  extras: ($) => [/[ \t\r\n\f\uFEFF]/, $.comment],

  supertypes: ($) => [$._declaration, $._expression, $._type, $._literal, $._statement, $._test_line],

  rules: {
    source_file: ($) => seq(optional($.package), repeat($.use), repeat($._item)),

    // ---- Declarations ----

    package: ($) => seq(repeat($._prefix), "package", field("name", $.path), ";"),
    use: ($) =>
      seq(
        repeat($._prefix),
        "use",
        // No `path`: whether it goes on after a dot is known one token later.
        field("path", $.identifier),
        repeat(seq(".", field("path", $.identifier))),
        optional(seq(".", "{", list(field("name", $._name)), optional(","), "}")),
        ";",
      ),

    _item: ($) => seq(repeat($._prefix), $._declaration),
    _prefix: ($) => choice($.doc, $.attribute),
    attribute: ($) => prec.right(seq("@", field("name", $.identifier), optional(seq("(", comma($.attribute_argument), ")")))),
    attribute_argument: ($) => seq(optional(seq(field("key", $.identifier), ":")), field("value", $._expression)),

    _declaration: ($) =>
      choice(
        $.enum,
        $.record,
        $.evidence,
        $.request,
        $.grant,
        $.reference,
        $.predicate,
        $.rule,
        $.floor,
        $.template,
        $.apply,
        $.test,
        $.invariant,
      ),

    enum: ($) => seq("enum", field("name", $._name), "{", comma($.enum_member), "}"),
    enum_member: ($) => seq(repeat($.doc), field("name", $._name), optional(seq("{", comma($.enum_case), "}"))),
    enum_case: ($) => seq(repeat($.doc), field("name", $._name)),

    record: ($) => seq("record", field("name", $._name), $.fields),
    evidence: ($) => seq("evidence", field("name", $._name), field("title", $.string), repeat($.attribute), $.fields),
    fields: ($) => seq("{", comma($.field), "}"),
    field: ($) => seq(repeat($._prefix), field("name", $.identifier), ":", field("type", $._type)),

    request: ($) => seq("request", field("name", $._name), "{", comma($.request_field), "}"),
    request_field: ($) =>
      seq(
        repeat($._prefix),
        field("stage", $.stage),
        field("name", $._name),
        ":",
        field("provenance", $.provenance),
        field("type", $._type),
        optional(seq("bound", "to", field("bound_to", $._name))),
      ),
    stage: () => choice("session", "call"),
    provenance: () => choice("attested", "authenticated", "local", "asserted"),

    grant: ($) => seq("grant", field("name", $._name), "for", field("request", $._name), "{", comma($.grant_field), "}"),
    grant_field: ($) =>
      seq(repeat($.doc), field("name", $.identifier), ":", field("type", $._type), "merge", field("merge", $.identifier)),

    reference: ($) => seq("reference", field("name", $._name), ":", field("type", $._type), ";"),
    predicate: ($) => seq("predicate", field("name", $._name), $.parameters, "=", field("body", $._expression), ";"),
    parameters: ($) => seq("(", comma($.parameter), ")"),
    parameter: ($) => seq(field("name", $._name), ":", field("type", $._type)),

    floor: ($) => seq("floor", list($.fact_floor), ";"),
    fact_floor: ($) => seq(field("fact", $._name), ":", $.provenance),

    template: ($) => seq("template", field("name", $._name), $.parameters, "{", repeat($._item), "}"),
    apply: ($) => seq("apply", field("template", $._name), $.arguments, "as", field("name", $._name), ";"),

    invariant: ($) =>
      seq("invariant", field("name", $.string), "for", field("request", $._name), "{", field("body", $._expression), "}"),

    // ---- Rules ----

    rule: ($) =>
      seq(
        field("effect", $.effect),
        field("name", $._name),
        "for",
        field("request", $._name),
        optional($.head),
        choice(";", $.body),
      ),
    effect: () => choice("permit", "forbid"),
    head: ($) => seq("where", list($._expression)),
    body: ($) => seq("{", repeat($._statement), "}"),

    _statement: ($) => choice($.require, $.when, $.unless, $.reason, $.let, $.grants),
    require: ($) => seq("require", $._expression, optional(seq("else", field("sentence", $.string))), ";"),
    when: ($) => seq("when", $._expression, ";"),
    unless: ($) => seq("unless", $._expression, ";"),
    reason: ($) => seq("reason", field("sentence", $.string), ";"),
    let: ($) => seq("let", field("name", $._name), "=", field("value", $._expression), ";"),
    grants: ($) => seq("grant", $.inits, optional(";")),

    // ---- Tests ----

    test: ($) => seq("test", field("name", $.string), "{", repeat(seq($._test_line, optional(";"))), "}"),
    _test_line: ($) => choice($.given, $.with, $.at, $.case, $.expect),
    given: ($) => seq("given", $._value),
    with: ($) => seq("with", field("reference", $._name), "=", $._value),
    at: ($) => seq("at", $._expression),
    case: ($) => seq("case", field("name", $.string), $.inits),
    expect: ($) =>
      seq(
        "expect",
        choice(
          seq("permit", optional($._by)),
          seq("deny", optional(seq("because", field("sentence", $.string))), optional($._by)),
          seq("grant", $.inits),
          seq("valid_until", $._expression),
        ),
      ),
    _by: ($) => seq("by", list(field("rule", $._name))),

    // ---- Types ----

    _type: ($) => choice($.named_type, $.list_type, $.optional_type, $.union_type, $.parenthesized_type),
    named_type: ($) => seq(field("name", $._name), optional(seq("<", list(choice($.integer, $._type)), ">"))),
    list_type: ($) => seq("[", field("element", $._type), ";", field("length", $.integer), "]"),
    optional_type: ($) => prec(2, seq($._type, "?")),
    union_type: ($) => prec.left(1, seq($._type, "|", $._type)),
    parenthesized_type: ($) => seq("(", $._type, ")"),

    // ---- Expressions ----

    _expression: ($) =>
      choice(
        $.variable,
        $._literal,
        $.member,
        $.slice,
        $.call,
        $.set,
        $.list,
        $.not,
        $.negation,
        $.binary,
        $.is,
        $.quantifier,
        $.count,
        $.match,
        $.if,
        $.parenthesized,
      ),

    variable: ($) => $._name,
    parenthesized: ($) => seq("(", $._expression, ")"),
    member: ($) => prec(REACH.postfix, seq(field("object", $._expression), ".", field("name", $.identifier))),
    slice: ($) =>
      prec(REACH.postfix, seq(field("object", $._expression), "[", field("from", $.integer), "..", field("to", $.integer), "]")),
    call: ($) => prec(REACH.postfix, seq(field("function", choice($.variable, $.member)), $.arguments)),
    arguments: ($) => seq("(", comma($._expression), ")"),
    set: ($) => seq("{", comma($._value), "}"),
    list: ($) => seq("[", comma($._value), "]"),

    not: ($) => prec(REACH.not, seq("not", $._expression)),
    negation: ($) => prec(REACH.negate, seq("-", $._expression)),
    binary: ($) => {
      const operation = (reach, associate, operator) =>
        associate(reach, seq(field("left", $._expression), field("operator", operator), field("right", $._expression)));
      const ordered = choice("==", "!=", "<", "<=", ">", ">=");
      const worded = choice("in", "matches", "starts_with", "ends_with", "contains", "subset_of");
      return choice(
        operation(REACH.implies, prec.right, "implies"),
        operation(REACH.or, prec.left, "or"),
        operation(REACH.and, prec.left, "and"),
        operation(REACH.compare, prec.left, choice(ordered, worded)),
        operation(REACH.sum, prec.left, choice("+", "-")),
        operation(REACH.product, prec.left, "*"),
      );
    },
    // `present` is a name like the kinds of evidence.
    is: ($) => prec.left(REACH.compare, seq(field("value", $._expression), "is", field("kind", $._name))),
    quantifier: ($) =>
      prec.right(
        REACH.open,
        seq(
          choice("any", "all"),
          field("variable", $._name),
          "in",
          field("list", $._expression),
          ":",
          field("condition", $._expression),
        ),
      ),
    if: ($) =>
      prec.right(
        REACH.open,
        seq(
          "if",
          field("condition", $._expression),
          "then",
          field("then", $._expression),
          "else",
          field("else", $._expression),
        ),
      ),
    // `count(` is always this: no predicate can have that name.
    count: ($) =>
      prec(
        REACH.postfix,
        seq(
          "count",
          "(",
          optional(seq("distinct", field("distinct", $._expression), "for")),
          field("variable", $._name),
          "in",
          field("list", $._expression),
          optional(seq("where", field("condition", $._expression))),
          ")",
        ),
      ),
    match: ($) => seq("match", field("value", $._expression), "{", comma($.arm), "}"),
    arm: ($) => seq(field("kind", $._name), field("variable", $._name), "=>", field("body", $._expression)),

    // Record literals stand only where no brace can begin a body.
    _value: ($) => choice($._expression, $.record_literal),
    record_literal: ($) =>
      seq(
        field("type", $._name),
        "{",
        repeat(seq($.init, ",")),
        optional(choice($.init, seq("..", field("rest", $._expression), optional(",")))),
        "}",
      ),
    inits: ($) => seq("{", comma($.init), "}"),
    init: ($) => seq(field("path", $.path), ":", field("value", $._value)),

    // ---- Literals ----

    _literal: ($) => choice($.boolean, $.integer, $.duration, $.instant, $.address, $.string, $.quoted, $.tcb),
    boolean: () => choice("true", "false"),
    integer: () => /[0-9][0-9_]*/,
    duration: () => /([0-9][0-9_]*(ms|s|m|h|d))+/,
    instant: () => /[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]*(Z|[+-][0-9]{2}:[0-9]{2})?)?/,
    address: () => /[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(\/[0-9]+)?/,
    string: ($) => seq('"', repeat(choice($.escape, token.immediate(prec(1, /[^"\\\n]+/)))), token.immediate('"')),
    escape: () => token.immediate(/\\(u\{[0-9A-Fa-f]*\}|[^\n])/),
    quoted: () => /(hex|sha256|sha384|sha512|ip|cidr|oid|version)"[^"\n]*"/,
    tcb: ($) => seq("tcb", "{", comma($.tcb_component), "}"),
    tcb_component: ($) => seq(field("name", $.identifier), ":", $.integer),

    // ---- Names ----

    path: ($) => seq($.identifier, repeat(seq(".", $.identifier))),
    // Where a name and a keyword could stand, the keyword is a name all the same unless what it begins follows.
    _name: ($) => choice($.identifier, alias("count", $.identifier), alias("distinct", $.identifier)),
    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,

    doc: () => token(prec(2, /\/\/\/([^\/\n][^\n]*)?/)),
    comment: () => token(prec(1, choice(/\/\/[^\n]*/, /\/\*[^*]*\*+([^\/*][^*]*\*+)*\//))),
  },
});
