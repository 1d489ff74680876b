//! Trees of every shape that the parser can make.

use atbac_grammar::span::{FileId, Node, Span};
use atbac_grammar::syntax::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn node<T>(value: T) -> Node<T> {
    Node::new(value, span())
}

fn span() -> Span {
    Span::new(FileId(0), 0, 0)
}

/// Names of declarations and variables: soft words among them.
const NAMES: &[&str] = &[
    "x",
    "yy",
    "Snp",
    "_a1",
    "T",
    "package",
    "use",
    "test",
    "record",
    "grant",
    "count",
    "distinct",
    "with",
    "at",
    "by",
    "session",
    "call",
    "bound",
    "merge",
    "hex",
    "given",
    "expect",
    "deny",
    "reason",
    "as",
    "local",
    "floor",
    "case",
    "valid_until",
    "because",
    "to",
];

/// Words that are names of fields only.
const RESERVED: &[&str] = &["and", "in", "match", "true", "tcb", "where", "permit", "if", "any", "not"];

fn name() -> impl Strategy<Value = Name> {
    select(NAMES).prop_map(|word| node(word.into()))
}

/// The name of a field: any word.
fn field_name() -> impl Strategy<Value = Name> {
    prop_oneof![name(), select(RESERVED).prop_map(|word| node(word.into()))]
}

fn path() -> impl Strategy<Value = Path> {
    (name(), vec(field_name(), 0..3)).prop_map(|(first, rest)| node(std::iter::once(first).chain(rest).collect()))
}

fn field_path() -> impl Strategy<Value = Path> {
    vec(field_name(), 1..4).prop_map(node)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), select(&["", "\"\\\n\t\r\0", "\u{202e}x", "// a /* b"][..]).prop_map(str::to_owned)]
}

fn docs() -> impl Strategy<Value = Vec<String>> {
    vec("[a-z/@ ]{0,8}".prop_map(|line: String| line.trim_end().to_owned()), 0..3)
}

fn natural() -> impl Strategy<Value = Node<i64>> {
    prop_oneof![0..100_i64, 0..=i64::MAX].prop_map(node)
}

fn literal() -> impl Strategy<Value = ExprKind> {
    let bytes =
        |form: BytesForm, length: usize| vec(any::<u8>(), length).prop_map(move |bytes| ExprKind::Bytes(form, bytes));
    // From 0000-01-01 to 9999-12-30 in milliseconds: the years RFC 3339 can write and the library can hold.
    let instants = -62_167_219_200_000..253_402_128_000_000_i64;
    prop_oneof![
        any::<bool>().prop_map(ExprKind::Bool),
        natural().prop_map(|number| ExprKind::Int(number.value)),
        text().prop_map(|text| ExprKind::String(text.into())),
        (0..=1_000_000 * 86_400_000i64).prop_map(ExprKind::Duration),
        instants.prop_map(ExprKind::Instant),
        vec(any::<u8>(), 0..4).prop_map(|bytes| ExprKind::Bytes(BytesForm::Hex, bytes)),
        bytes(BytesForm::Sha256, 32),
        bytes(BytesForm::Sha384, 48),
        bytes(BytesForm::Sha512, 64),
        any::<Ipv4Addr>().prop_map(|address| ExprKind::IpAddr(IpAddr::V4(address))),
        any::<Ipv6Addr>().prop_map(|address| ExprKind::IpAddr(IpAddr::V6(address))),
        (any::<u32>(), 0..=32_u8).prop_map(|(address, bits)| {
            let mask = u32::MAX.checked_shl(u32::from(32 - bits)).unwrap_or(0);
            ExprKind::Cidr(IpAddr::V4(Ipv4Addr::from(address & mask)), bits)
        }),
        (any::<u128>(), 0..=128_u8).prop_map(|(address, bits)| {
            let mask = u128::MAX.checked_shl(u32::from(128 - bits)).unwrap_or(0);
            ExprKind::Cidr(IpAddr::V6(Ipv6Addr::from(address & mask)), bits)
        }),
        (0..3_u64, 0..40_u64, vec(any::<u64>(), 0..4))
            .prop_map(|(first, second, rest)| ExprKind::Oid([vec![first, second], rest].concat())),
        any::<[u64; 3]>().prop_map(ExprKind::Version),
        vec((field_name(), natural()), 0..3).prop_map(ExprKind::Tcb),
    ]
}

fn binary_op() -> impl Strategy<Value = Node<BinaryOp>> {
    use BinaryOp::*;
    select(
        &[
            And, Or, Implies, Eq, Ne, Lt, Le, Gt, Ge, In, Matches, StartsWith, EndsWith, Contains, SubsetOf, Add, Sub,
            Mul,
        ][..],
    )
    .prop_map(node)
}

/// `count(` is the aggregate, so nothing else is called so; `is present` is no type.
fn callee() -> impl Strategy<Value = Path> {
    path().prop_filter("a name that can be called", |path| path.value.len() > 1 || path.value[0].value != "count")
}

fn expression() -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![literal(), name().prop_map(|name| ExprKind::Name(name.value))].prop_map(node);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let inner = inner.boxed();
        let boxed = inner.clone().prop_map(Box::new).boxed();
        let values = vec(value(inner.clone()), 0..4);
        prop_oneof![
            (boxed.clone(), field_name()).prop_map(|(e, name)| ExprKind::Field(e, Box::new(name))),
            (boxed.clone(), natural(), natural()).prop_map(|(e, from, to)| ExprKind::Slice(e, Box::new([from, to]))),
            values.clone().prop_map(ExprKind::Set),
            values.prop_map(ExprKind::List),
            boxed.clone().prop_map(ExprKind::Not),
            boxed.clone().prop_map(ExprKind::Negate),
            (binary_op(), boxed.clone(), boxed.clone()).prop_map(|(op, a, b)| ExprKind::Binary(op, a, b)),
            (binary_op(), boxed.clone(), boxed.clone()).prop_map(|(op, a, b)| ExprKind::Binary(op, a, b)),
            (boxed.clone(), name()).prop_map(|(e, ty)| ExprKind::IsType(e, Box::new(ty))),
            boxed.clone().prop_map(ExprKind::IsPresent),
            (callee().prop_map(Box::new), vec(inner.clone(), 0..3))
                .prop_map(|(callee, arguments)| ExprKind::Call(callee, arguments)),
            (select(&[Quantifier::Any, Quantifier::All][..]), name().prop_map(Box::new), boxed.clone(), boxed.clone())
                .prop_map(|(quantifier, variable, list, condition)| ExprKind::Quantifier {
                    quantifier,
                    variable,
                    list,
                    condition
                }),
            (option::of(boxed.clone()), name().prop_map(Box::new), boxed.clone(), option::of(boxed.clone())).prop_map(
                |(distinct, variable, list, condition)| ExprKind::Count { distinct, variable, list, condition }
            ),
            (boxed.clone(), vec((name(), name(), inner), 0..3)).prop_map(|(e, arms)| {
                ExprKind::Match(e, arms.into_iter().map(|(ty, variable, body)| Arm { ty, variable, body }).collect())
            }),
            (boxed.clone(), boxed.clone(), boxed).prop_map(|(c, a, b)| ExprKind::If(c, a, b)),
        ]
        .prop_map(node)
    })
    .boxed()
}

/// An expression or a record literal.
fn value(inner: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    let field = (field_path(), inner.clone()).prop_map(|(path, value)| FieldInit { path, value });
    let fields = vec(field, 0..3).prop_map(Vec::into_boxed_slice);
    let record = (name().prop_map(Box::new), fields, option::of(inner.clone().prop_map(Box::new)))
        .prop_map(|(name, fields, rest)| node(ExprKind::Record { name, fields, rest }));
    prop_oneof![2 => inner, 1 => record].boxed()
}

fn field_inits() -> impl Strategy<Value = Vec<FieldInit>> {
    vec((field_path(), value(expression())).prop_map(|(path, value)| FieldInit { path, value }), 0..3)
}

fn ty() -> BoxedStrategy<Type> {
    let leaf = name().prop_map(|name| node(TypeKind::Named(name, Vec::new())));
    leaf.prop_recursive(3, 12, 3, |inner| {
        let argument =
            prop_oneof![natural().prop_map(TypeArgument::Length), inner.clone().prop_map(TypeArgument::Type)];
        prop_oneof![
            (name(), vec(argument, 1..3)).prop_map(|(name, arguments)| TypeKind::Named(name, arguments)),
            (inner.clone().prop_map(Box::new), natural()).prop_map(|(element, length)| TypeKind::List(element, length)),
            inner.clone().prop_map(|inner| TypeKind::Optional(Box::new(inner))),
            vec(inner, 2..4).prop_map(TypeKind::Union),
        ]
        .prop_map(node)
    })
    .boxed()
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let attribute = (field_name(), vec((option::of(field_name()), expression()), 0..3));
    vec(attribute.prop_map(|(name, arguments)| Attribute { name, arguments, span: span() }), 0..2)
}

fn fields() -> impl Strategy<Value = Vec<Field>> {
    let field = (docs(), attributes(), field_name(), ty()).prop_map(|(docs, attributes, name, ty)| Field {
        docs,
        attributes,
        name,
        ty,
    });
    vec(field, 0..3)
}

fn provenance() -> impl Strategy<Value = Node<Provenance>> {
    select(&[Provenance::Asserted, Provenance::Local, Provenance::Authenticated, Provenance::Attested][..])
        .prop_map(node)
}

fn request_fields() -> impl Strategy<Value = Vec<RequestField>> {
    let stage = select(&[Stage::Session, Stage::Call][..]).prop_map(node);
    let field = (docs(), attributes(), stage, name(), provenance(), ty(), option::of(name())).prop_map(
        |(docs, attributes, stage, name, provenance, ty, bound_to)| RequestField {
            docs,
            attributes,
            stage,
            name,
            provenance,
            ty,
            bound_to,
        },
    );
    vec(field, 0..3)
}

fn enum_members() -> impl Strategy<Value = Vec<EnumMember>> {
    let case = (docs(), name()).prop_map(|(docs, name)| EnumCase { docs, name });
    vec(
        (docs(), name(), option::of(vec(case, 0..3))).prop_map(|(docs, name, cases)| EnumMember { docs, name, cases }),
        0..3,
    )
}

fn grant_fields() -> impl Strategy<Value = Vec<GrantField>> {
    vec(
        (docs(), field_name(), ty(), field_name()).prop_map(|(docs, name, ty, merge)| GrantField {
            docs,
            name,
            ty,
            merge,
        }),
        0..3,
    )
}

fn parameters() -> impl Strategy<Value = Vec<Parameter>> {
    vec((name(), ty()).prop_map(|(name, ty)| Parameter { name, ty }), 0..3)
}

fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let kind = prop_oneof![
        (expression(), option::of(text().prop_map(node)))
            .prop_map(|(condition, sentence)| StatementKind::Require { condition, sentence }),
        expression().prop_map(StatementKind::When),
        expression().prop_map(StatementKind::Unless),
        text().prop_map(|sentence| StatementKind::Reason(node(sentence))),
        (name(), expression()).prop_map(|(name, value)| StatementKind::Let(name, value)),
        field_inits().prop_map(StatementKind::Grant),
    ];
    vec(kind.prop_map(|kind| Statement { kind, span: span() }), 0..4)
}

fn rule() -> impl Strategy<Value = Rule> {
    let effect = select(&[Effect::Permit, Effect::Forbid][..]).prop_map(node);
    (effect, name(), name(), vec(expression(), 0..3), statements())
        .prop_map(|(effect, name, request, head, body)| Rule { effect, name, request, head, body })
}

fn test_lines() -> impl Strategy<Value = Vec<TestLine>> {
    let kind = prop_oneof![
        value(expression()).prop_map(TestLineKind::Given),
        (name(), value(expression())).prop_map(|(name, value)| TestLineKind::With(name, value)),
        expression().prop_map(TestLineKind::At),
        (text().prop_map(node), field_inits()).prop_map(|(name, fields)| TestLineKind::Case { name, fields }),
        vec(name(), 0..3).prop_map(TestLineKind::ExpectPermit),
        (option::of(text().prop_map(node)), vec(name(), 0..3))
            .prop_map(|(because, by)| TestLineKind::ExpectDeny { because, by }),
        field_inits().prop_map(TestLineKind::ExpectGrant),
        expression().prop_map(TestLineKind::ExpectValidUntil),
    ];
    vec(kind.prop_map(|kind| TestLine { kind, span: span() }), 0..4)
}

fn item() -> BoxedStrategy<Item> {
    let floors = vec((name(), provenance()), 1..3);
    let kind = prop_oneof![
        (name(), enum_members()).prop_map(|(name, members)| ItemKind::Enum(Enum { name, members })),
        (name(), fields()).prop_map(|(name, fields)| ItemKind::Record(Record { name, fields })),
        (name(), text().prop_map(node), attributes(), fields()).prop_map(|(name, title, attributes, fields)| {
            ItemKind::Evidence(Evidence { name, title, attributes, fields })
        }),
        (name(), request_fields()).prop_map(|(name, fields)| ItemKind::Request(Request { name, fields })),
        (name(), name(), grant_fields()).prop_map(|(name, request, fields)| ItemKind::Grant(Grant {
            name,
            request,
            fields
        })),
        (name(), ty()).prop_map(|(name, ty)| ItemKind::Reference(Reference { name, ty })),
        (name(), parameters(), expression()).prop_map(|(name, parameters, body)| ItemKind::Predicate(Predicate {
            name,
            parameters,
            body
        })),
        rule().prop_map(ItemKind::Rule),
        rule().prop_map(ItemKind::Rule),
        floors.prop_map(|floors| ItemKind::Floor(Floor { floors })),
        (name(), vec(expression(), 0..3), name()).prop_map(|(template, arguments, name)| ItemKind::Apply(Apply {
            template,
            arguments,
            name
        })),
        (text().prop_map(node), test_lines()).prop_map(|(name, lines)| ItemKind::Test(Test { name, lines })),
        (text().prop_map(node), name(), expression())
            .prop_map(|(name, request, body)| ItemKind::Invariant(Invariant { name, request, body })),
    ];
    let plain =
        (docs(), attributes(), kind).prop_map(|(docs, attributes, kind)| Item { docs, attributes, kind, span: span() });
    plain
        .prop_recursive(2, 6, 3, |inner| {
            (docs(), attributes(), name(), parameters(), vec(inner, 0..3)).prop_map(
                |(docs, attributes, name, parameters, items)| Item {
                    docs,
                    attributes,
                    kind: ItemKind::Template(Template { name, parameters, items }),
                    span: span(),
                },
            )
        })
        .boxed()
}

/// Any file without errors.
pub(crate) fn any_file() -> impl Strategy<Value = File> {
    let one = (path(), name()).prop_map(|(package, name)| Use { package, names: vec![name], span: span() });
    let many = (path(), vec(name(), 2..4)).prop_map(|(package, names)| Use { package, names, span: span() });
    let package =
        (docs(), attributes(), path()).prop_map(|(docs, attributes, name)| Some(Package { docs, attributes, name }));
    (package, vec(prop_oneof![one, many], 0..3), vec(item(), 0..4)).prop_map(|(package, uses, items)| File {
        package,
        uses,
        items,
    })
}
