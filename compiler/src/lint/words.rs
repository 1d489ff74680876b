//! The names and texts that a file mentions.

use atbac_grammar::span::Span;
use atbac_grammar::syntax::{
    self, Expr, ExprKind, FieldInit, Item, ItemKind, Statement, StatementKind, TestLineKind, Type, TypeArgument,
    TypeKind,
};
use foldhash::HashSet;

/// What each file mentions, in their order.
pub(super) struct Words<'a>(pub(super) Vec<FileWords<'a>>);

/// What a file mentions.
#[derive(Default)]
pub(super) struct FileWords<'a> {
    /// Every name that stands for something, but for those of fields.
    pub(super) names: HashSet<&'a str>,
    /// The names of reference values that tests load, and nothing else: to load a value is not to read it.
    pub(super) loaded: HashSet<&'a str>,
    /// Every text in a condition or a value.
    pub(super) texts: Vec<(&'a str, Span)>,
}

impl<'a> Words<'a> {
    pub(super) fn of(files: &'a [syntax::File]) -> Self {
        Words(files.iter().map(FileWords::of).collect())
    }
}

impl<'a> FileWords<'a> {
    fn of(file: &'a syntax::File) -> Self {
        let mut words = FileWords::default();
        for item in &file.items {
            words.item(item);
        }
        words
    }

    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::Enum(_) | ItemKind::Floor(_) => {}
            ItemKind::Record(record) => self.fields(&record.fields),
            ItemKind::Evidence(evidence) => self.fields(&evidence.fields),
            ItemKind::Request(request) => request.fields.iter().for_each(|field| self.ty(&field.ty)),
            ItemKind::Grant(grant) => {
                self.names.insert(&grant.request.value);
                grant.fields.iter().for_each(|field| self.ty(&field.ty));
            }
            ItemKind::Reference(reference) => self.ty(&reference.ty),
            ItemKind::Predicate(predicate) => {
                predicate.parameters.iter().for_each(|parameter| self.ty(&parameter.ty));
                self.expression(&predicate.body);
            }
            ItemKind::Rule(rule) => {
                self.names.insert(&rule.request.value);
                rule.head.iter().for_each(|each| self.expression(each));
                rule.body.iter().for_each(|statement| self.statement(statement));
            }
            ItemKind::Template(template) => {
                template.parameters.iter().for_each(|parameter| self.ty(&parameter.ty));
                template.items.iter().for_each(|item| self.item(item));
            }
            ItemKind::Apply(apply) => {
                self.names.insert(&apply.template.value);
                apply.arguments.iter().for_each(|argument| self.expression(argument));
            }
            ItemKind::Test(test) => test.lines.iter().for_each(|line| self.test_line(&line.kind)),
            ItemKind::Invariant(invariant) => {
                self.names.insert(&invariant.request.value);
                self.expression(&invariant.body);
            }
        }
    }

    fn fields(&mut self, fields: &'a [syntax::Field]) {
        for field in fields {
            self.ty(&field.ty);
            for (_, argument) in field.attributes.iter().flat_map(|attribute| &attribute.arguments) {
                self.expression(argument);
            }
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Require { condition, .. }
            | StatementKind::When(condition)
            | StatementKind::Unless(condition)
            | StatementKind::Let(_, condition) => self.expression(condition),
            StatementKind::Reason(_) => {}
            StatementKind::Grant(fields) => self.inits(fields),
        }
    }

    fn test_line(&mut self, line: &'a TestLineKind) {
        match line {
            TestLineKind::With(name, value) => {
                self.loaded.insert(&name.value);
                self.expression(value);
            }
            TestLineKind::Given(value) | TestLineKind::At(value) | TestLineKind::ExpectValidUntil(value) => {
                self.expression(value);
            }
            TestLineKind::ExpectGrant(fields) | TestLineKind::Case { fields, .. } => self.inits(fields),
            TestLineKind::ExpectPermit(_) | TestLineKind::ExpectDeny { .. } => {}
        }
    }

    fn inits(&mut self, fields: &'a [FieldInit]) {
        fields.iter().for_each(|field| self.expression(&field.value));
    }

    fn ty(&mut self, ty: &'a Type) {
        match &ty.value {
            TypeKind::Named(name, arguments) => {
                self.names.insert(&name.value);
                for argument in arguments {
                    match argument {
                        TypeArgument::Type(ty) => self.ty(ty),
                        TypeArgument::Length(_) => {}
                    }
                }
            }
            TypeKind::List(inner, _) | TypeKind::Optional(inner) => self.ty(inner),
            TypeKind::Union(alternatives) => alternatives.iter().for_each(|alternative| self.ty(alternative)),
        }
    }

    /// Not by recursion: a chain of operators leans to the left as deep as it is long.
    fn expression(&mut self, expression: &'a Expr) {
        let mut rest = vec![expression];
        while let Some(next) = rest.pop() {
            match &next.value {
                ExprKind::Name(name) => {
                    self.names.insert(name);
                }
                ExprKind::String(text) => self.texts.push((text, next.span)),
                ExprKind::Field(inner, _) | ExprKind::Slice(inner, ..) => rest.push(inner),
                ExprKind::Not(inner) | ExprKind::Negate(inner) | ExprKind::IsPresent(inner) => rest.push(inner),
                ExprKind::Set(elements) | ExprKind::List(elements) => rest.extend(elements),
                ExprKind::Record { name, fields, rest: base } => {
                    self.names.insert(&name.value);
                    rest.extend(fields.iter().map(|field| &field.value));
                    rest.extend(base.as_deref());
                }
                ExprKind::Binary(_, left, right) => rest.extend([&**left, &**right]),
                ExprKind::IsType(inner, name) => {
                    self.names.insert(&name.value);
                    rest.push(inner);
                }
                ExprKind::Call(path, arguments) => {
                    self.names.extend(path.value.iter().map(|word| word.value.as_str()));
                    rest.extend(arguments);
                }
                ExprKind::Quantifier { list, condition, .. } => rest.extend([&**list, &**condition]),
                ExprKind::Count { distinct, list, condition, .. } => {
                    rest.push(list);
                    rest.extend(distinct.as_deref().into_iter().chain(condition.as_deref()));
                }
                ExprKind::Match(value, arms) => {
                    self.names.extend(arms.iter().map(|arm| arm.ty.value.as_str()));
                    rest.push(value);
                    rest.extend(arms.iter().map(|arm| &arm.body));
                }
                ExprKind::If(condition, then, otherwise) => rest.extend([&**condition, &**then, &**otherwise]),
                ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Duration(_)
                | ExprKind::Instant(_)
                | ExprKind::Bytes(..)
                | ExprKind::IpAddr(_)
                | ExprKind::Cidr(..)
                | ExprKind::Oid(_)
                | ExprKind::Version(_)
                | ExprKind::Tcb(_) => {}
            }
        }
    }
}
