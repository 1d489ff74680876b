//! The forms of the surface language in a source file.

use super::Coverage;
use atbac_generator::walk::parts;
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{
    Expr, ExprKind, Item, ItemKind, Rule, StatementKind, TestLineKind, Type, TypeArgument, TypeKind,
};

impl Coverage {
    /// Notes every form in a file.
    pub(super) fn file(&mut self, text: &str) {
        let file = atbac_grammar::parse(FileId(0), text).file;
        self.form("declaration", "Package");
        for item in &file.items {
            self.item(item);
        }
    }

    fn form(&mut self, of: &'static str, form: &str) {
        *self.surface.entry((of, form.to_owned())).or_default() += 1;
    }

    fn item(&mut self, item: &Item) {
        for attribute in &item.attributes {
            self.form("attribute", &attribute.name.value);
        }
        match &item.kind {
            ItemKind::Enum(declared) => {
                self.form("declaration", "enum");
                if declared.members.iter().any(|member| member.cases.is_some()) {
                    self.form("declaration", "enum with groups");
                }
            }
            ItemKind::Record(declared) => {
                self.form("declaration", "record");
                declared.fields.iter().for_each(|field| self.ty(&field.ty));
            }
            ItemKind::Evidence(declared) => {
                self.form("declaration", "evidence");
                declared.attributes.iter().for_each(|attribute| self.form("attribute", &attribute.name.value));
                declared.fields.iter().for_each(|field| self.ty(&field.ty));
            }
            ItemKind::Request(declared) => {
                self.form("declaration", "request");
                for field in &declared.fields {
                    self.form("stage", &format!("{:?}", field.stage.value).to_lowercase());
                    self.form("provenance", &format!("{:?}", field.provenance.value).to_lowercase());
                    self.ty(&field.ty);
                    if field.bound_to.is_some() {
                        self.form("declaration", "bound to");
                    }
                }
            }
            ItemKind::Grant(declared) => {
                self.form("declaration", "grant");
                for field in &declared.fields {
                    self.form("merge", &field.merge.value);
                    self.ty(&field.ty);
                }
            }
            ItemKind::Reference(declared) => {
                self.form("declaration", "reference");
                self.ty(&declared.ty);
            }
            ItemKind::Predicate(declared) => {
                self.form("declaration", "predicate");
                self.expression(&declared.body);
            }
            ItemKind::Rule(rule) => self.rule(rule),
            ItemKind::Floor(declared) => {
                declared.floors.iter().for_each(|(fact, _)| self.form("floor", &fact.value));
            }
            ItemKind::Template(declared) => {
                self.form("declaration", "template");
                declared.items.iter().for_each(|item| self.item(item));
            }
            ItemKind::Apply(_) => self.form("declaration", "apply"),
            ItemKind::Test(declared) => {
                self.form("declaration", "test");
                for line in &declared.lines {
                    self.form(
                        "test line",
                        match &line.kind {
                            TestLineKind::Given(_) => "given",
                            TestLineKind::With(..) => "with",
                            TestLineKind::At(_) => "at",
                            TestLineKind::Case { .. } => "case",
                            TestLineKind::ExpectPermit(_) => "expect permit",
                            TestLineKind::ExpectDeny { .. } => "expect deny",
                            TestLineKind::ExpectGrant(_) => "expect grant",
                            TestLineKind::ExpectValidUntil(_) => "expect valid_until",
                        },
                    );
                }
            }
            ItemKind::Invariant(declared) => {
                self.form("declaration", "invariant");
                self.expression(&declared.body);
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        self.form("declaration", &format!("{:?}", rule.effect.value).to_lowercase());
        for condition in &rule.head {
            self.form("line", "where");
            self.expression(condition);
        }
        for statement in &rule.body {
            match &statement.kind {
                StatementKind::Require { condition, .. } => {
                    self.form("line", "require");
                    self.expression(condition);
                }
                StatementKind::When(condition) => {
                    self.form("line", "when");
                    self.expression(condition);
                }
                StatementKind::Unless(condition) => {
                    self.form("line", "unless");
                    self.expression(condition);
                }
                StatementKind::Reason(_) => self.form("line", "reason"),
                StatementKind::Let(_, value) => {
                    self.form("line", "let");
                    self.expression(value);
                }
                StatementKind::Grant(fields) => {
                    self.form("line", "grant");
                    fields.iter().for_each(|field| self.expression(&field.value));
                }
            }
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match &expression.value {
            ExprKind::Binary(op, ..) => self.form("operator", &format!("{:?}", op.value)),
            ExprKind::Quantifier { quantifier, .. } => self.form("operator", &format!("{quantifier:?}")),
            ExprKind::Not(_) => self.form("operator", "Not"),
            ExprKind::Negate(_) => self.form("operator", "Negate"),
            ExprKind::IsType(..) => self.form("operator", "IsType"),
            ExprKind::IsPresent(_) => self.form("operator", "IsPresent"),
            ExprKind::Slice(..) => self.form("operator", "Slice"),
            ExprKind::Field(..) => self.form("operator", "Field"),
            ExprKind::If(..) => self.form("operator", "If"),
            ExprKind::Match(..) => self.form("operator", "Match"),
            ExprKind::Count { distinct: Some(_), .. } => self.form("operator", "Count distinct"),
            ExprKind::Count { distinct: None, .. } => self.form("operator", "Count"),
            ExprKind::Call(path, _) => {
                let function = path.value.last().map_or("", |name| name.value.as_str());
                let known = ["age", "verified_at", "sha256", "sha384", "sha512"];
                let shown = if known.contains(&function) { function } else { "predicate" };
                self.form("call", shown);
            }
            ExprKind::Bool(_) => self.form("literal", "Bool"),
            ExprKind::Int(_) => self.form("literal", "Int"),
            ExprKind::String(_) => self.form("literal", "String"),
            ExprKind::Duration(_) => self.form("literal", "Duration"),
            ExprKind::Instant(_) => self.form("literal", "Instant"),
            ExprKind::Bytes(form, _) => self.form("literal", &format!("{form:?}")),
            ExprKind::IpAddr(_) => self.form("literal", "IpAddr"),
            ExprKind::Cidr(..) => self.form("literal", "Cidr"),
            ExprKind::Oid(_) => self.form("literal", "Oid"),
            ExprKind::Version(_) => self.form("literal", "Version"),
            ExprKind::Tcb(_) => self.form("literal", "Tcb"),
            ExprKind::Set(_) => self.form("literal", "Set"),
            ExprKind::Name(_) => self.form("literal", "a name"),
            // Only in tests.
            ExprKind::List(_) | ExprKind::Record { .. } => {}
        }
        for part in parts(expression) {
            self.expression(part);
        }
    }

    fn ty(&mut self, ty: &Type) {
        match &ty.value {
            TypeKind::Named(name, arguments) => {
                let is_declared = name.value.ends_with(|letter: char| letter.is_ascii_digit());
                let shown = match arguments.first() {
                    Some(TypeArgument::Length(_)) => format!("{}<N>", name.value),
                    Some(TypeArgument::Type(inner)) => {
                        self.ty(inner);
                        "Set<T>".to_owned()
                    }
                    None if is_declared => {
                        format!("a declared {}", name.value.trim_end_matches(|c: char| c.is_ascii_digit()))
                    }
                    None => name.value.clone(),
                };
                self.form("type", &shown);
            }
            TypeKind::List(element, _) => {
                self.form("type", "[T; N]");
                self.ty(element);
            }
            TypeKind::Optional(inner) => {
                self.form("type", "T?");
                self.ty(inner);
            }
            TypeKind::Union(_) => self.form("type", "A | B"),
        }
    }
}
