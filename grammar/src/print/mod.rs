//! A tree as text again.
//!
//! [`print()`] is the parser's counterpart: `parse(print(tree))` is `tree` up to spans, for every tree that `parse` can make. Line
//! comments are not in the tree and are lost; doc comments stay. [`crate::format()`] lays a text out with everything that stands in it.

mod expression;

use crate::syntax::*;
pub use expression::duration;
use expression::{expression, field_inits, quoted, ty};

/// A text as a literal of the language, quotes and escapes included.
pub fn text(text: &str) -> String {
    quoted(text)
}

/// A file in canonical layout: one declaration, field, match or requirement a line, two spaces a level, a blank line between declarations.
pub fn print(file: &File) -> String {
    let mut out = Printer::default();
    if let Some(package) = &file.package {
        out.docs(&package.docs);
        out.attributes(&package.attributes);
        out.line(format!("package {};", dotted(&package.name)));
    }
    if !file.uses.is_empty() {
        out.blank();
    }
    for r#use in &file.uses {
        out.line(use_line(r#use));
    }
    for item in &file.items {
        out.blank();
        out.item(item);
    }
    out.text
}

/// The text so far, and how deep the next line stands.
#[derive(Default)]
struct Printer {
    text: String,
    level: usize,
}

impl Printer {
    fn line(&mut self, line: impl AsRef<str>) {
        for _ in 0..self.level {
            self.text.push_str("  ");
        }
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// A blank line, unless nothing stands before it.
    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("{\n") {
            self.text.push('\n');
        }
    }

    /// `head`, which ends in `{`, the lines of `body` a level deeper, `close`.
    fn block(&mut self, head: String, close: &str, body: impl FnOnce(&mut Self)) {
        self.line(head);
        self.level += 1;
        body(self);
        self.level -= 1;
        self.line(close);
    }

    fn docs(&mut self, docs: &[String]) {
        for doc in docs {
            self.line(format!("/// {doc}").trim_end());
        }
    }

    fn attributes(&mut self, attributes: &[Attribute]) {
        for one in attributes {
            self.line(attribute(one));
        }
    }

    fn item(&mut self, item: &Item) {
        self.docs(&item.docs);
        self.attributes(&item.attributes);
        match &item.kind {
            ItemKind::Enum(declared) => self.enumeration(declared),
            ItemKind::Record(record) => {
                self.block(format!("record {} {{", record.name.value), "}", |out| out.fields(&record.fields));
            }
            ItemKind::Evidence(evidence) => {
                let attributes: String = evidence.attributes.iter().map(|one| format!(" {}", attribute(one))).collect();
                let head = format!("evidence {} {}{attributes} {{", evidence.name.value, quoted(&evidence.title.value));
                self.block(head, "}", |out| out.fields(&evidence.fields));
            }
            ItemKind::Request(request) => self.block(format!("request {} {{", request.name.value), "}", |out| {
                request.fields.iter().for_each(|field| out.request_field(field));
            }),
            ItemKind::Grant(grant) => {
                self.block(format!("grant {} for {} {{", grant.name.value, grant.request.value), "}", |out| {
                    for field in &grant.fields {
                        out.docs(&field.docs);
                        out.line(format!("{}: {} merge {},", field.name.value, ty(&field.ty), field.merge.value));
                    }
                })
            }
            ItemKind::Reference(reference) => {
                self.line(format!("reference {}: {};", reference.name.value, ty(&reference.ty)))
            }
            ItemKind::Predicate(predicate) => {
                let parameters = parameters(&predicate.parameters);
                self.line(format!(
                    "predicate {}({parameters}) = {};",
                    predicate.name.value,
                    expression(&predicate.body)
                ));
            }
            ItemKind::Rule(rule) => self.rule(rule),
            ItemKind::Floor(floor) => {
                let floors = floor.floors.iter().map(|(fact, floor)| format!("{}: {}", fact.value, floor.value.word()));
                self.line(format!("floor {};", join(floors)));
            }
            ItemKind::Template(template) => {
                self.block(
                    format!("template {}({}) {{", template.name.value, parameters(&template.parameters)),
                    "}",
                    |out| {
                        for item in &template.items {
                            out.blank();
                            out.item(item);
                        }
                    },
                );
            }
            ItemKind::Apply(apply) => {
                let arguments = join(apply.arguments.iter().map(expression));
                self.line(format!("apply {}({arguments}) as {};", apply.template.value, apply.name.value));
            }
            ItemKind::Test(test) => self.block(format!("test {} {{", quoted(&test.name.value)), "}", |out| {
                test.lines.iter().for_each(|line| out.test_line(&line.kind));
            }),
            ItemKind::Invariant(invariant) => {
                let head = format!("invariant {} for {} {{", quoted(&invariant.name.value), invariant.request.value);
                self.block(head, "}", |out| out.line(expression(&invariant.body)));
            }
        }
    }

    fn enumeration(&mut self, declared: &Enum) {
        self.block(format!("enum {} {{", declared.name.value), "}", |out| {
            for member in &declared.members {
                out.docs(&member.docs);
                match &member.cases {
                    None => out.line(format!("{},", member.name.value)),
                    Some(cases) => {
                        out.block(format!("{} {{", member.name.value), "},", |out| {
                            for case in cases {
                                out.docs(&case.docs);
                                out.line(format!("{},", case.name.value));
                            }
                        });
                    }
                }
            }
        });
    }

    fn fields(&mut self, fields: &[Field]) {
        for field in fields {
            self.docs(&field.docs);
            self.attributes(&field.attributes);
            self.line(format!("{}: {},", field.name.value, ty(&field.ty)));
        }
    }

    fn request_field(&mut self, field: &RequestField) {
        self.docs(&field.docs);
        self.attributes(&field.attributes);
        let stage = match field.stage.value {
            Stage::Session => "session",
            Stage::Call => "call",
        };
        let bound = field.bound_to.as_ref().map(|other| format!(" bound to {}", other.value)).unwrap_or_default();
        let provenance = field.provenance.value.word();
        self.line(format!("{stage} {}: {provenance} {}{bound},", field.name.value, ty(&field.ty)));
    }

    fn rule(&mut self, rule: &Rule) {
        let effect = match rule.effect.value {
            Effect::Permit => "permit",
            Effect::Forbid => "forbid",
        };
        let head = format!("{effect} {} for {}", rule.name.value, rule.request.value);
        let end = if rule.body.is_empty() { ";" } else { "" };
        let mut brace = "{".to_owned();
        match &rule.head[..] {
            [] if rule.body.is_empty() => self.line(head + end),
            [] => brace = head + " {",
            [matches @ .., last] => {
                self.line(head);
                let mut lead = "  where";
                for one in matches {
                    self.line(format!("{lead} {},", expression(one)));
                    lead = "       ";
                }
                self.line(format!("{lead} {}{end}", expression(last)));
            }
        }
        if !rule.body.is_empty() {
            self.block(brace, "}", |out| {
                rule.body.iter().for_each(|statement| out.line(statement_line(&statement.kind)))
            });
        }
    }

    fn test_line(&mut self, line: &TestLineKind) {
        match line {
            TestLineKind::Given(given) => match &given.value {
                ExprKind::Record { name, fields, rest } if !fields.is_empty() => {
                    self.block(format!("given {} {{", name.value), "}", |out| {
                        for field in fields {
                            out.line(format!("{}: {},", dotted(&field.path), expression(&field.value)));
                        }
                        if let Some(rest) = rest {
                            out.line(format!("..{}", expression(rest)));
                        }
                    })
                }
                _ => self.line(format!("given {}", expression(given))),
            },
            TestLineKind::With(name, given) => self.line(format!("with {} = {}", name.value, expression(given))),
            TestLineKind::At(instant) => self.line(format!("at {}", expression(instant))),
            TestLineKind::Case { name, fields } => {
                self.line(format!("case {} {}", quoted(&name.value), field_inits(fields, None)))
            }
            TestLineKind::ExpectPermit(by) => self.line(format!("expect permit{};", by_list(by))),
            TestLineKind::ExpectDeny { because, by } => {
                let because = because
                    .as_ref()
                    .map(|sentence| format!(" because {}", quoted(&sentence.value)))
                    .unwrap_or_default();
                self.line(format!("expect deny{because}{};", by_list(by)));
            }
            TestLineKind::ExpectGrant(fields) => self.line(format!("expect grant {};", field_inits(fields, None))),
            TestLineKind::ExpectValidUntil(instant) => {
                self.line(format!("expect valid_until {};", expression(instant)))
            }
        }
    }
}

fn statement_line(statement: &StatementKind) -> String {
    match statement {
        StatementKind::Require { condition, sentence } => {
            let sentence =
                sentence.as_ref().map(|sentence| format!(" else {}", quoted(&sentence.value))).unwrap_or_default();
            format!("require {}{sentence};", expression(condition))
        }
        StatementKind::When(condition) => format!("when {};", expression(condition)),
        StatementKind::Unless(condition) => format!("unless {};", expression(condition)),
        StatementKind::Reason(sentence) => format!("reason {};", quoted(&sentence.value)),
        StatementKind::Let(name, bound) => format!("let {} = {};", name.value, expression(bound)),
        StatementKind::Grant(fields) => format!("grant {}", field_inits(fields, None)),
    }
}

fn use_line(r#use: &Use) -> String {
    let package = dotted(&r#use.package);
    match &r#use.names[..] {
        [one] => format!("use {package}.{};", one.value),
        names => format!("use {package}.{{{}}};", join(names.iter().map(|name| &name.value))),
    }
}

fn attribute(attribute: &Attribute) -> String {
    let arguments = attribute.arguments.iter().map(|(key, given)| match key {
        Some(key) => format!("{}: {}", key.value, expression(given)),
        None => expression(given),
    });
    let name = &attribute.name.value;
    if attribute.arguments.is_empty() { format!("@{name}") } else { format!("@{name}({})", join(arguments)) }
}

fn parameters(parameters: &[Parameter]) -> String {
    join(parameters.iter().map(|parameter| format!("{}: {}", parameter.name.value, ty(&parameter.ty))))
}

fn by_list(by: &[Name]) -> String {
    if by.is_empty() { String::new() } else { format!(" by {}", join(by.iter().map(|name| &name.value))) }
}

fn join(parts: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut joined = String::new();
    for (index, part) in parts.enumerate() {
        if index > 0 {
            joined.push_str(", ");
        }
        joined.push_str(part.as_ref());
    }
    joined
}
