//! Templates: families of rules that differ in constants.
//!
//! An application checks the template's declarations once more with its arguments in place of the parameters, as if they had been written out there. What the template
//! declares gets the application's name before its own, and findings in it point at the application too.

use super::env::{Binding, Env};
use super::names::Definition;
use super::{Checker, listed};
use crate::checked::Term;
use crate::types::Type;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, ItemKind, Name};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The most parameters of a template: what it declares sees each of them, at each application.
pub const MAX_TEMPLATE_PARAMETERS: usize = 64;

/// An application of a template, while what it declares is checked.
#[derive(Clone, Debug)]
pub(super) struct Application {
    /// Its name.
    pub(super) name: String,
    /// The file it stands in.
    pub(super) file: usize,
    /// Where it stands.
    pub(super) span: Span,
    /// The value of each parameter.
    pub(super) arguments: Vec<(Name, Arc<Term>)>,
}

/// Every application of a template by where it stands: the template's file and position, and what it brings in.
pub(super) type Applications = HashMap<Span, (usize, usize, Arc<Application>)>;

impl Application {
    /// The name that something the template declares gets.
    pub(super) fn named(&self, name: &str) -> String {
        format!("{}_{name}", self.name)
    }
}

impl Checker<'_> {
    /// Visits what the application at `span` declares, each as a declaration of the file of its template.
    pub(super) fn each_applied(&mut self, span: Span, mut visit: impl FnMut(&mut Self, usize, &syntax::Item)) {
        // One that was refused is not there.
        let Some((of, at, application)) = self.applications.get(&span).cloned() else { return };
        let files = self.files;
        let ItemKind::Template(template) = &files[of].items[at].kind else { return };
        self.application = Some(application);
        for item in &template.items {
            visit(self, of, item);
        }
        self.application = None;
    }

    /// Finds the template and the arguments of every application, and refuses what a template cannot hold.
    pub(super) fn collect_applications(&mut self) {
        self.each_item(|checker, file, item, _| match &item.kind {
            ItemKind::Template(template) => checker.check_template(file, template),
            ItemKind::Apply(apply) => checker.collect_application(file, item.span, apply),
            _ => {}
        });
        // An application that was refused is one all the same.
        let (mut written, mut misspelt) = (HashSet::new(), false);
        self.each_item(|checker, file, item, _| {
            if let ItemKind::Apply(apply) = &item.kind {
                misspelt |= checker.names.get(file, &apply.template.value).is_none();
                written.insert(apply.template.value.clone());
            }
        });
        self.each_item(|checker, _, item, _| {
            let ItemKind::Template(template) = &item.kind else { return };
            if !misspelt && !written.contains(&template.name.value) {
                let message =
                    format!("template `{}` is never applied, so nothing in it is checked", template.name.value);
                checker.report(
                    Diagnostic::warning(codes::UNUSED_TEMPLATE, template.name.span, message)
                        .help(format!("apply it: `apply {}(…) as name;`", template.name.value)),
                );
            }
        });
    }

    fn check_template(&mut self, file: usize, template: &syntax::Template) {
        if template.parameters.len() > MAX_TEMPLATE_PARAMETERS {
            let found = template.parameters.len();
            let message = format!("{found} parameters; a template has at most {MAX_TEMPLATE_PARAMETERS}");
            self.error::<()>(codes::TEMPLATE_ARGUMENTS, template.name.span, message);
        }
        let mut seen: HashSet<&str> = HashSet::new();
        for parameter in &template.parameters {
            if !seen.insert(&parameter.name.value) {
                let message = format!("parameter `{}` is declared twice", parameter.name.value);
                self.report(Diagnostic::error(codes::DUPLICATE_NAME, parameter.name.span, message));
            }
            let nothing_known = Env::of_predicate(file, Vec::new());
            self.no_reference(&parameter.name.value, "a parameter", parameter.name.span, &nothing_known);
        }
        let mut names: HashMap<&str, Span> = HashMap::new();
        for item in &template.items {
            match &item.kind {
                ItemKind::Rule(syntax::Rule { name, .. }) | ItemKind::Predicate(syntax::Predicate { name, .. }) => {
                    if let Some(earlier) = names.get(name.value.as_str()) {
                        let message = format!("`{}` is declared twice in this template", name.value);
                        self.report(
                            Diagnostic::error(codes::DUPLICATE_NAME, name.span, message)
                                .and(*earlier, "first declared here"),
                        );
                    } else {
                        names.insert(&name.value, name.span);
                    }
                }
                ItemKind::Test(_) | ItemKind::Invariant(_) => {}
                ItemKind::Enum(_)
                | ItemKind::Record(_)
                | ItemKind::Evidence(_)
                | ItemKind::Request(_)
                | ItemKind::Grant(_)
                | ItemKind::Reference(_)
                | ItemKind::Floor(_)
                | ItemKind::Template(_)
                | ItemKind::Apply(_) => {
                    self.report(
                        Diagnostic::error(
                            codes::TEMPLATE_ITEM,
                            item.span,
                            "a template holds rules, predicates, tests and invariants",
                        )
                        .help("declare this beside the template: it is the same for every application"),
                    );
                }
            }
        }
        if template.items.is_empty() {
            self.error::<()>(codes::TEMPLATE_ITEM, template.name.span, "this template declares nothing");
        }
    }

    fn collect_application(&mut self, file: usize, span: Span, apply: &syntax::Apply) {
        if self.application_of(file, span, apply).is_none() {
            self.left_out("application", apply.name.span);
        }
    }

    fn application_of(&mut self, file: usize, span: Span, apply: &syntax::Apply) -> Option<()> {
        let (of, at) = match self.names.get(file, &apply.template.value) {
            Some(Definition::Template(of, at)) => (of, at),
            Some(other) => {
                return self.wrong_kind(&apply.template, other, "a template");
            }
            None => {
                let known = self.visible(file, |definition| matches!(definition, Definition::Template(..)));
                return self.unknown(apply.template.span, "template", &apply.template.value, known);
            }
        };
        let own = self.names.declared_at(&self.names.package_of[file], &apply.name.value);
        if own != Some(apply.name.span) {
            // It is not the first of its name, so what it declares would not be either.
            return None;
        }
        let files = self.files;
        let ItemKind::Template(template) = &files[of].items[at].kind else { return None };
        if template.parameters.len() > MAX_TEMPLATE_PARAMETERS {
            // Said at the template.
            return None;
        }
        if template.parameters.len() != apply.arguments.len() {
            let message = format!(
                "template `{}` takes {} argument(s), not {}",
                template.name.value,
                template.parameters.len(),
                apply.arguments.len()
            );
            let names: Vec<&str> = template.parameters.iter().map(|parameter| parameter.name.value.as_str()).collect();
            let finding = Diagnostic::error(codes::TEMPLATE_ARGUMENTS, apply.template.span, message);
            self.report(if names.is_empty() {
                finding
            } else {
                finding.help(format!("it takes {}", listed(names).replace(" or ", " and ")))
            });
            return None;
        }
        let mut arguments = Vec::new();
        for (parameter, argument) in template.parameters.iter().zip(&apply.arguments) {
            // The types are those of the template's file, the values those of the application's.
            let ty = self.resolve_type(of, &parameter.ty)?;
            let single = if let Type::Set(element) = &ty { element } else { &ty };
            if !super::declare::is_comparable(single) {
                let shown = self.show(&ty);
                let message = format!("a template cannot take a `{shown}`: its arguments are constants");
                self.report(Diagnostic::error(codes::TEMPLATE_ARGUMENTS, parameter.ty.span, message));
                return None;
            }
            let value = self.constant(file, argument, &ty, None)?;
            arguments.push((parameter.name.clone(), Arc::new(Term::constant(value, ty))));
        }
        self.declarations = self.declarations.saturating_add(template.items.len());
        let most = self.limits.declarations;
        if self.declarations > most {
            if !std::mem::replace(&mut self.has_too_many_declarations, true) {
                let found = self.declarations;
                let message =
                    format!("with what this applies, the bundle has {found} declarations; at most {most} are allowed");
                self.report(
                    Diagnostic::error(codes::RULE_TOO_LARGE, span, message)
                        .help("split the policies into several bundles, or keep what differs in reference values"),
                );
            }
            return None;
        }
        let application = Arc::new(Application { name: apply.name.value.to_string(), file, span, arguments });
        for item in &template.items {
            match &item.kind {
                ItemKind::Rule(rule) => {
                    let name = application.named(&rule.name.value);
                    self.declare_applied(file, &name, Definition::Rule, apply.name.span);
                }
                ItemKind::Predicate(predicate) => {
                    let name = application.named(&predicate.name.value);
                    let at = self.add_predicate(of, predicate, Some(Arc::clone(&application)));
                    self.declare_applied(file, &name, Definition::Predicate(at), apply.name.span);
                }
                _ => {}
            }
        }
        self.applications.insert(span, (of, at, application));
        Some(())
    }

    /// The value that a name stands for as a parameter of the template that is being applied.
    pub(super) fn argument_of_template(&self, name: &str) -> Option<Arc<Term>> {
        let application = self.application.as_ref()?;
        application.arguments.iter().find(|(known, _)| known.value == name).map(|(_, term)| Arc::clone(term))
    }

    /// Gives an environment what the application around it brings in.
    pub(super) fn in_application(&mut self, env: &mut Env) {
        let Some(application) = self.application.clone() else { return };
        env.in_template = true;
        for (name, term) in &application.arguments {
            if self.root(&name.value, env).is_some() {
                let message =
                    format!("`{}` is a parameter of this template and a value of what it is about", name.value);
                self.report(
                    Diagnostic::error(codes::AMBIGUOUS_NAME, name.span, message)
                        .help("give the parameter another name"),
                );
            }
            env.bindings.push((name.value.clone(), Binding::Term(Arc::clone(term))));
        }
    }

    /// The name that a rule or test declared here gets: with the application's before it.
    pub(super) fn applied_name(&self, name: &str) -> String {
        match &self.application {
            Some(application) => application.named(name),
            None => name.to_owned(),
        }
    }

    /// The name that a test or invariant declared here gets.
    pub(super) fn applied_title(&self, title: &str) -> String {
        match &self.application {
            Some(application) => format!("{}: {title}", application.name),
            None => title.to_owned(),
        }
    }

    /// The package to which rules and tests declared in a file belong: that of the application, for what a template declares.
    pub(super) fn package_here(&self, file: usize) -> Arc<str> {
        let file = self.application.as_ref().map_or(file, |application| application.file);
        Arc::clone(&self.names.package_of[file])
    }
}
