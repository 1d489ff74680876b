//! The second pass, in declarations: what each name in their lines and attributes stands for.

use super::scope::Scope;
use super::{Kind, Place, Role, SymbolId, Symbols, Target, Tree, Ty, builtin};
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{self, Attribute, ExprKind, Item, ItemKind, Name, Rule, StatementKind, Test, TestLineKind};

impl Symbols {
    /// Resolves what stands in every declaration.
    pub(super) fn walk(&mut self, files: &[Tree<'_>]) {
        for tree in files {
            if let Some(package) = &tree.file.package {
                self.attributes(tree.id, &package.attributes, None);
            }
            for item in &tree.file.items {
                self.item(tree.id, item, None);
            }
        }
    }

    fn item(&mut self, file: FileId, item: &Item, template: Option<SymbolId>) {
        self.attributes(file, &item.attributes, None);
        let mut scope = Scope::new(file, None, template);
        if let Some(template) = template {
            scope.locals = self.parameters_of(template);
        }
        match &item.kind {
            ItemKind::Enum(_) => {}
            ItemKind::Record(declared) => self.fields(file, &declared.name, &declared.fields),
            ItemKind::Evidence(declared) => {
                let id = self.declared_at(declared.name.span);
                self.attributes(file, &declared.attributes, id);
                self.fields(file, &declared.name, &declared.fields);
            }
            ItemKind::Request(declared) => {
                let id = self.declared_at(declared.name.span);
                for field in &declared.fields {
                    self.attributes(file, &field.attributes, id);
                    self.word(builtin::Sort::Provenance, field.provenance.value.word(), field.provenance.span);
                    if let (Some(other), Some(id)) = (&field.bound_to, id) {
                        self.probe_here(&other.value, || Place::Bound(id));
                        self.member_used(id, other);
                    }
                }
            }
            ItemKind::Grant(declared) => {
                self.request(&declared.request, &mut scope);
                for field in &declared.fields {
                    self.probe_here(&field.merge.value, || Place::Merge);
                    self.word(builtin::Sort::Merge, &field.merge.value, field.merge.span);
                }
            }
            ItemKind::Reference(_) => {}
            ItemKind::Predicate(declared) => {
                if let Some(id) = self.declared_at(declared.name.span) {
                    let own = self.parameters_of(id);
                    scope.locals.extend(own);
                }
                self.expression(&declared.body, None, &mut scope);
            }
            ItemKind::Rule(rule) => self.rule(rule, &mut scope),
            ItemKind::Floor(floor) => {
                for (name, least) in &floor.floors {
                    self.probe_here(&name.value, || Place::Fact);
                    self.word(builtin::Sort::Fact, &name.value, name.span);
                    self.word(builtin::Sort::Provenance, least.value.word(), least.span);
                }
            }
            ItemKind::Template(declared) => {
                let id = self.declared_at(declared.name.span);
                for item in &declared.items {
                    self.item(file, item, id);
                }
            }
            ItemKind::Apply(apply) => {
                self.probe_here(&apply.template.value, || Place::Template);
                let template = self.name_used(&apply.template, &scope);
                let parameters = template.map(|id| self.parameters_of(id)).unwrap_or_default();
                for (at, argument) in apply.arguments.iter().enumerate() {
                    let ty = parameters.get(at).and_then(|parameter| self.get(*parameter).ty.clone());
                    self.expression(argument, ty.as_ref(), &mut scope);
                }
            }
            ItemKind::Test(test) => self.test(test, &mut scope),
            ItemKind::Invariant(invariant) => {
                self.request(&invariant.request, &mut scope);
                self.expression(&invariant.body, None, &mut scope);
            }
        }
    }

    fn parameters_of(&self, id: SymbolId) -> Vec<SymbolId> {
        self.get(id).members.iter().copied().filter(|member| self.get(*member).kind == Kind::Parameter).collect()
    }

    fn fields(&mut self, file: FileId, name: &Name, fields: &[syntax::Field]) {
        let id = self.declared_at(name.span);
        for field in fields {
            let of_field = id.and_then(|id| self.member(id, &field.name.value));
            self.attributes(file, &field.attributes, of_field);
        }
    }

    /// A word of the language at a place where it means something.
    fn word(&mut self, sort: builtin::Sort, word: &str, span: atbac_grammar::span::Span) {
        if let Some(known) = builtin::find(sort, word) {
            self.occur(span, Target::BuiltIn(known), Role::Use);
        }
    }

    fn name_used(&mut self, name: &Name, scope: &Scope) -> Option<SymbolId> {
        let id = self.named(scope.file, &name.value)?;
        self.occur(name.span, Target::Symbol(id), Role::Use);
        Some(id)
    }

    fn member_used(&mut self, of: SymbolId, name: &Name) {
        if let Some(id) = self.member(of, &name.value) {
            self.occur(name.span, Target::Symbol(id), Role::Use);
        }
    }

    fn request(&mut self, name: &Name, scope: &mut Scope) {
        self.probe_here(&name.value, || Place::Request);
        scope.request = self.name_used(name, scope).filter(|id| self.get(*id).kind == Kind::Request);
    }

    /// Attributes; `of` is the evidence, request or field that they stand on.
    fn attributes(&mut self, file: FileId, attributes: &[Attribute], of: Option<SymbolId>) {
        for attribute in attributes {
            let name = attribute.name.value.as_str();
            self.probe_here(name, || Place::Attribute);
            self.word(builtin::Sort::Attribute, name, attribute.name.span);
            for (_, argument) in &attribute.arguments {
                if let ExprKind::Name(word) = &argument.value {
                    self.probe_here(word, || Place::Argument(name.to_owned(), of));
                    match (name, of) {
                        ("age_from", Some(of)) => {
                            self.member_used(of, &Name::new(word.clone(), argument.span));
                            continue;
                        }
                        ("fact", _) => {
                            self.word(builtin::Sort::Fact, word, argument.span);
                            continue;
                        }
                        ("lint" | "severity" | "age_from", _) => continue,
                        _ => {}
                    }
                }
                let ty = of.and_then(|of| self.get(of).ty.clone());
                self.expression(argument, ty.as_ref(), &mut Scope::new(file, None, None));
            }
        }
    }

    fn rule(&mut self, rule: &Rule, scope: &mut Scope) {
        self.request(&rule.request, scope);
        for condition in &rule.head {
            self.expression(condition, None, scope);
            scope.learn(self, condition, true);
        }
        for line in &rule.body {
            match &line.kind {
                StatementKind::Require { condition, .. } | StatementKind::When(condition) => {
                    self.expression(condition, None, scope);
                    scope.learn(self, condition, true);
                }
                StatementKind::Unless(condition) => {
                    self.expression(condition, None, scope);
                    scope.learn(self, condition, false);
                }
                StatementKind::Reason(_) => {}
                StatementKind::Let(name, value) => {
                    let ty = self.expression(value, None, scope).ty;
                    self.local(Kind::Let, name, line.span, ty, scope);
                }
                StatementKind::Grant(fields) => {
                    let grant = scope.request.and_then(|request| self.grant_of(request));
                    self.inits(grant, fields, scope);
                }
            }
        }
    }

    fn test(&mut self, test: &Test, scope: &mut Scope) {
        let mut request = None;
        for line in &test.lines {
            match &line.kind {
                TestLineKind::Given(question) => {
                    if let ExprKind::Name(name) = &question.value {
                        self.probe_here(name, || Place::Request);
                    }
                    request = match self.expression(question, None, scope).ty {
                        Some(Ty::Struct(id)) => Some(id),
                        _ => request,
                    };
                }
                TestLineKind::With(name, value) => {
                    self.probe_here(&name.value, || Place::Reference);
                    let ty = self.name_used(name, scope).and_then(|id| self.get(id).ty.clone());
                    self.expression(value, ty.as_ref(), scope);
                }
                TestLineKind::At(value) | TestLineKind::ExpectValidUntil(value) => {
                    self.expression(value, None, scope);
                }
                TestLineKind::Case { fields, .. } => self.inits(request, fields, scope),
                TestLineKind::ExpectPermit(rules) | TestLineKind::ExpectDeny { by: rules, .. } => {
                    for name in rules {
                        self.rule_used(name, scope);
                    }
                }
                TestLineKind::ExpectGrant(fields) => {
                    let grant = request.and_then(|request| self.grant_of(request));
                    self.inits(grant, fields, scope);
                }
            }
        }
    }

    fn rule_used(&mut self, name: &Name, scope: &Scope) {
        self.probe_here(&name.value, || Place::Rule);
        let of_template = scope.template.and_then(|template| self.member(template, &name.value));
        if let Some(id) = of_template {
            self.occur(name.span, Target::Symbol(id), Role::Use);
        } else if self.name_used(name, scope).is_none()
            && let Some((application, id)) = self.derived_name(&name.value, scope)
        {
            self.occur(name.span, Target::Symbol(id), Role::Derived(application));
        }
    }
}
