; Names first: what stands later in this file is stronger.

(identifier) @variable
(member name: (identifier) @variable.member)
(path (identifier) @module)
(use path: (identifier) @module)
(use name: (identifier) @type)

(package name: (path (identifier) @module))
(enum name: (identifier) @type)
(enum_member name: (identifier) @constant)
(enum_case name: (identifier) @constant)
(record name: (identifier) @type)
(evidence name: (identifier) @type)
(request name: (identifier) @type)
(grant name: (identifier) @type request: (identifier) @type)
(field name: (identifier) @property)
(request_field name: (identifier) @property)
(request_field bound_to: (identifier) @property)
(grant_field name: (identifier) @property merge: (identifier) @keyword.modifier)
(reference name: (identifier) @constant)
(with reference: (identifier) @constant)
(predicate name: (identifier) @function)
(parameter name: (identifier) @variable.parameter)
(template name: (identifier) @function.macro)
(apply template: (identifier) @function.macro name: (identifier) @function)
(rule name: (identifier) @function request: (identifier) @type)
(expect rule: (identifier) @function)
(invariant request: (identifier) @type)
(fact_floor fact: (identifier) @property)
(init path: (path (identifier) @property))
(tcb_component name: (identifier) @property)
(attribute "@" @attribute name: (identifier) @attribute)
(attribute_argument key: (identifier) @property)

(named_type name: (identifier) @type)
((named_type name: (identifier) @type.builtin)
  (#any-of? @type.builtin
    "Bool" "Int" "String" "Bytes" "Digest" "Duration" "Instant" "Tcb" "Version" "IpAddr" "Cidr" "Oid" "Set"))
(record_literal type: (identifier) @type)
(is kind: (identifier) @type)
((is kind: (identifier) @keyword.operator) (#eq? @keyword.operator "present"))
(arm kind: (identifier) @type)

(call function: (variable (identifier) @function.call))
(call function: (member name: (identifier) @function.call))
((call function: (variable (identifier) @function.builtin))
  (#any-of? @function.builtin "age" "verified_at" "sha256" "sha384" "sha512" "evidence"))

(string) @string
(escape) @string.escape
(quoted) @string.special
(integer) @number
(duration) @number
(instant) @number
(address) @string.special
(boolean) @boolean

(stage) @keyword.modifier
(provenance) @keyword.modifier
(effect) @keyword

[
  "package" "use" "enum" "record" "evidence" "request" "grant" "reference" "predicate" "floor" "template" "apply" "as" "test" "invariant"
  "bound" "to" "merge" "for" "where" "require" "when" "unless" "reason" "let" "given" "with" "at" "case" "expect" "permit" "deny" "because"
  "by" "valid_until" "tcb" "distinct"
] @keyword
["if" "then" "else" "match"] @keyword.conditional
["and" "or" "not" "implies" "in" "is" "matches" "starts_with" "ends_with" "contains" "subset_of" "any" "all"] @keyword.operator
"count" @function.builtin

["==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "=" "=>" "|" "?" ".."] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
[";" "," ":" "."] @punctuation.delimiter

(doc) @comment.documentation
(comment) @comment
