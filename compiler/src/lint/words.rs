//! The names and texts that a file mentions. Of a large file no tree of a rule is left when the lints look, so the checker notes them while it reads.

use atbac_grammar::span::Span;
use atbac_grammar::syntax::{
    self, Expr, ExprKind, FieldInit, Item, ItemKind, Statement, StatementKind, TestLineKind, Type, TypeArgument,
    TypeKind, Word,
};
use foldhash::HashSet;

/// What each file mentions, in their order.
#[derive(Default)]
pub(crate) struct Words(pub(super) Vec<FileWords>);

/// What a file mentions.
#[derive(Default)]
pub(super) struct FileWords {
    /// Every name that stands for something, but for those of fields.
    pub(super) names: HashSet<Word>,
    /// The names of reference values that tests load, and nothing else: to load a value is not to read it.
    pub(super) loaded: HashSet<Word>,
    /// Every text in a condition or a value.
    pub(super) texts: Vec<(Word, Span)>,
}

impl Words {
    /// Of so many files, which mention nothing yet: one without declarations never will, and what it uses is unused.
    pub(crate) fn of(files: usize) -> Self {
        let mut words = Words::default();
        words.0.resize_with(files, FileWords::default);
        words
    }

    /// Notes what a declaration of a file mentions.
    pub(crate) fn add(&mut self, file: usize, item: &Item) {
        self.of_file(file).item(item);
    }

    /// Notes what others mention, which come after these.
    pub(crate) fn extend(&mut self, others: Words) {
        for (file, words) in others.0.into_iter().enumerate() {
            let known = self.of_file(file);
            known.names.extend(words.names);
            known.loaded.extend(words.loaded);
            known.texts.extend(words.texts);
        }
    }

    fn of_file(&mut self, file: usize) -> &mut FileWords {
        if self.0.len() <= file {
            self.0.resize_with(file + 1, FileWords::default);
        }
        &mut self.0[file]
    }
}

impl FileWords {
    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Enum(_) | ItemKind::Floor(_) => {}
            ItemKind::Record(record) => self.fields(&record.fields),
            ItemKind::Evidence(evidence) => self.fields(&evidence.fields),
            ItemKind::Request(request) => request.fields.iter().for_each(|field| self.ty(&field.ty)),
            ItemKind::Grant(grant) => {
                self.name(&grant.request.value);
                grant.fields.iter().for_each(|field| self.ty(&field.ty));
            }
            ItemKind::Reference(reference) => self.ty(&reference.ty),
            ItemKind::Predicate(predicate) => {
                predicate.parameters.iter().for_each(|parameter| self.ty(&parameter.ty));
                self.expression(&predicate.body);
            }
            ItemKind::Rule(rule) => {
                self.name(&rule.request.value);
                rule.head.iter().for_each(|each| self.expression(each));
                rule.body.iter().for_each(|statement| self.statement(statement));
            }
            ItemKind::Template(template) => {
                template.parameters.iter().for_each(|parameter| self.ty(&parameter.ty));
                template.items.iter().for_each(|item| self.item(item));
            }
            ItemKind::Apply(apply) => {
                self.name(&apply.template.value);
                apply.arguments.iter().for_each(|argument| self.expression(argument));
            }
            ItemKind::Test(test) => test.lines.iter().for_each(|line| self.test_line(&line.kind)),
            ItemKind::Invariant(invariant) => {
                self.name(&invariant.request.value);
                self.expression(&invariant.body);
            }
        }
    }

    fn name(&mut self, name: &Word) {
        if !self.names.contains(name) {
            self.names.insert(name.clone());
        }
    }

    fn fields(&mut self, fields: &[syntax::Field]) {
        for field in fields {
            self.ty(&field.ty);
            for (_, argument) in field.attributes.iter().flat_map(|attribute| &attribute.arguments) {
                self.expression(argument);
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Require { condition, .. }
            | StatementKind::When(condition)
            | StatementKind::Unless(condition)
            | StatementKind::Let(_, condition) => self.expression(condition),
            StatementKind::Reason(_) => {}
            StatementKind::Grant(fields) => self.inits(fields),
        }
    }

    fn test_line(&mut self, line: &TestLineKind) {
        match line {
            TestLineKind::With(name, value) => {
                self.loaded.insert(name.value.clone());
                self.expression(value);
            }
            TestLineKind::Given(value) | TestLineKind::At(value) | TestLineKind::ExpectValidUntil(value) => {
                self.expression(value);
            }
            TestLineKind::ExpectGrant(fields) | TestLineKind::Case { fields, .. } => self.inits(fields),
            TestLineKind::ExpectPermit(_) | TestLineKind::ExpectDeny { .. } => {}
        }
    }

    fn inits(&mut self, fields: &[FieldInit]) {
        fields.iter().for_each(|field| self.expression(&field.value));
    }

    fn ty(&mut self, ty: &Type) {
        match &ty.value {
            TypeKind::Named(name, arguments) => {
                self.name(&name.value);
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
    fn expression(&mut self, expression: &Expr) {
        let mut rest = vec![expression];
        while let Some(next) = rest.pop() {
            match &next.value {
                ExprKind::Name(name) => self.name(name),
                ExprKind::String(text) => self.texts.push((text.clone(), next.span)),
                ExprKind::Field(inner, _) | ExprKind::Slice(inner, ..) => rest.push(inner),
                ExprKind::Not(inner) | ExprKind::Negate(inner) | ExprKind::IsPresent(inner) => rest.push(inner),
                ExprKind::Set(elements) | ExprKind::List(elements) => rest.extend(elements),
                ExprKind::Record { name, fields, rest: base } => {
                    self.name(&name.value);
                    rest.extend(fields.iter().map(|field| &field.value));
                    rest.extend(base.as_deref());
                }
                ExprKind::Binary(_, left, right) => rest.extend([&**left, &**right]),
                ExprKind::IsType(inner, name) => {
                    self.name(&name.value);
                    rest.push(inner);
                }
                ExprKind::Call(path, arguments) => {
                    path.value.iter().for_each(|word| self.name(&word.value));
                    rest.extend(arguments);
                }
                ExprKind::Quantifier { list, condition, .. } => rest.extend([&**list, &**condition]),
                ExprKind::Count { distinct, list, condition, .. } => {
                    rest.push(list);
                    rest.extend(distinct.as_deref().into_iter().chain(condition.as_deref()));
                }
                ExprKind::Match(value, arms) => {
                    arms.iter().for_each(|arm| self.name(&arm.ty.value));
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
