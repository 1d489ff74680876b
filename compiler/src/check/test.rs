//! Tests: one question each, with values written out and what must come out.

use super::Checker;
use super::constant::sample;
use super::names::Definition;
use crate::checked::{Expectation, Fixture, Test};
use crate::types::{RequestId, Type};
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{
    self, Effect, Expr, ExprKind, FieldInit, ItemKind, Name, Provenance, TestLine, TestLineKind,
};

/// The clock of a test that does not set it: 2026-01-01T00:00:00Z, in milliseconds since 1970.
pub const DEFAULT_CLOCK: i64 = 1_767_225_600_000;

/// A question with what is expected of it: a test, or a case of one.
struct Asked<'t> {
    title: String,
    /// Where its name stands.
    span: Span,
    lines: &'t [&'t TestLine],
    /// The fields that a case gives.
    fields: &'t [FieldInit],
}

impl Checker<'_> {
    /// Checks every test. Comes after the rules, whose names tests mention.
    pub(super) fn check_tests(&mut self) {
        self.each_item(|checker, file, item, _| match &item.kind {
            ItemKind::Test(test) => checker.check_test(file, test),
            ItemKind::Apply(_) => checker.each_applied(item.span, |checker, file, item| {
                if let ItemKind::Test(test) = &item.kind {
                    checker.check_test(file, test);
                }
            }),
            _ => {}
        });
    }

    /// A test, or each case of its table.
    fn check_test(&mut self, file: usize, declared: &syntax::Test) {
        let is_case = |line: &TestLine| matches!(line.kind, TestLineKind::Case { .. });
        let shared = declared.lines.iter().position(is_case).unwrap_or(declared.lines.len());
        let (shared, table) = declared.lines.split_at(shared);
        let title = self.applied_title(&declared.name.value);
        if table.is_empty() {
            let lines: Vec<&TestLine> = shared.iter().collect();
            return self.check_question(file, Asked { title, span: declared.name.span, lines: &lines, fields: &[] });
        }
        for case in table.chunk_by(|_, next| !is_case(next)) {
            let [TestLine { kind: TestLineKind::Case { name, fields }, .. }, own @ ..] = case else { continue };
            let lines: Vec<&TestLine> = shared.iter().chain(own).collect();
            let before = self.diagnostics.len();
            let title = format!("{title}: {}", name.value);
            self.check_question(file, Asked { title, span: name.span, lines: &lines, fields });
            // What is wrong with the lines that all cases have is told once.
            let is_shared = |found: &Diagnostic| found.primary.span.start < table[0].span.start;
            if self.diagnostics[before..].iter().any(is_shared) {
                return;
            }
        }
    }

    fn check_question(&mut self, file: usize, asked: Asked<'_>) {
        let span = asked.span;
        match self.asked(file, asked) {
            Some(test) => self.tests.push(test),
            None => self.left_out("test", span),
        }
    }

    fn asked(&mut self, file: usize, asked: Asked<'_>) -> Option<Test> {
        let mut at = DEFAULT_CLOCK;
        let mut given = None;
        let mut sound = true;
        for line in asked.lines {
            match &line.kind {
                TestLineKind::At(instant) => match self.constant(file, instant, &Type::Instant, None) {
                    Some(Value::Instant(instant)) => at = instant,
                    _ => sound = false,
                },
                TestLineKind::Given(expression) => {
                    let earlier = given.replace(expression);
                    if earlier.is_some() {
                        self.error::<()>(
                            codes::INVALID_TEST,
                            line.span,
                            "a test asks one question: it has one `given`",
                        );
                    }
                }
                _ => {}
            }
        }
        let Some(given) = given else {
            let message = "this test does not say what is asked";
            self.report(Diagnostic::error(codes::INVALID_TEST, asked.span, message).help("add `given Request { … }`"));
            return None;
        };
        let (request, values, fixtures) = self.question(file, given, asked.fields, at)?;
        let mut references = Vec::new();
        let mut expectations = Vec::new();
        for line in asked.lines {
            match &line.kind {
                TestLineKind::With(name, value) => match self.reference_value(file, name, value, at) {
                    Some(reference) => references.push(reference),
                    None => sound = false,
                },
                TestLineKind::Given(_) | TestLineKind::At(_) | TestLineKind::Case { .. } => {}
                TestLineKind::ExpectPermit(_)
                | TestLineKind::ExpectDeny { .. }
                | TestLineKind::ExpectGrant(_)
                | TestLineKind::ExpectValidUntil(_) => match self.expectation(file, request, &line.kind, line.span, at)
                {
                    Some(expectation) => expectations.push((expectation, line.span)),
                    None => sound = false,
                },
            }
        }
        let expects_nothing = asked
            .lines
            .iter()
            .all(|line| matches!(line.kind, TestLineKind::Given(_) | TestLineKind::With(..) | TestLineKind::At(_)));
        if expects_nothing || sound && expectations.is_empty() {
            let message = "this test expects nothing, so it cannot fail";
            self.report(
                Diagnostic::error(codes::INVALID_TEST, asked.span, message)
                    .help("add `expect permit`, `expect deny because \"…\"`, …"),
            );
            return None;
        }
        let test = Test {
            name: asked.title,
            request,
            given: values,
            fixtures,
            references,
            at,
            expectations,
            span: asked.span,
        };
        sound.then_some(test)
    }

    /// `PaymentCall { principal: …, ..PaymentCall.sample }`, and the fields that a case gives instead.
    fn question(
        &mut self,
        file: usize,
        expression: &Expr,
        of_case: &[FieldInit],
        at: i64,
    ) -> Option<(RequestId, Vec<Value>, Vec<Fixture>)> {
        let ExprKind::Record { name, fields, rest } = &expression.value else {
            return self.error(
                codes::INVALID_TEST,
                expression.span,
                "a test gives a request: `given PaymentCall { … }`",
            );
        };
        let request = self.request_named(file, name)?;
        let mut values: Vec<Option<Value>> = match rest.as_deref() {
            None => vec![None; self.schema.request(request).fields.len()],
            Some(rest) => {
                let is_sample = matches!(&rest.value, ExprKind::Field(base, field)
                    if field.value == "sample" && matches!(&base.value, ExprKind::Name(of) if *of == name.value));
                if !is_sample {
                    return self.error(
                        codes::INVALID_TEST,
                        rest.span,
                        format!("the other fields come from `..{}.sample`", name.value),
                    );
                }
                let fields = &self.schema.request(request).fields;
                fields.iter().map(|field| Some(sample(&self.schema, &field.ty, at))).collect()
            }
        };
        let (mut fixtures, mut sound) = (Vec::new(), true);
        for init in fields.iter().chain(of_case) {
            let names = |fixture: &Fixture| {
                init.path
                    .value
                    .first()
                    .is_some_and(|name| name.value == self.schema.request(request).fields[fixture.field].name)
            };
            fixtures.retain(|fixture| !names(fixture));
            match evidence_file(&init.value) {
                Some(path) => match self.fixture(request, init, path) {
                    Some(fixture) => {
                        values[fixture.field] = Some(Value::Absent);
                        fixtures.push(fixture);
                    }
                    None => sound = false,
                },
                None => sound &= self.set_request_field(file, request, &mut values, init, at).is_some(),
            }
        }
        let missing: Vec<&str> = (self.schema.request(request).fields.iter().zip(&values))
            .filter(|(field, value)| value.is_none() && !matches!(field.ty, Type::Optional(_)))
            .map(|(field, _)| field.name.as_str())
            .collect();
        if sound && !missing.is_empty() {
            let message = format!("this question does not give {}", super::listed(missing).replace(" or ", " and "));
            self.report(
                Diagnostic::error(codes::INVALID_TEST, expression.span, message)
                    .help(format!("take the others from `..{}.sample`", name.value)),
            );
            return None;
        }
        let values = values.into_iter().map(|value| value.unwrap_or(Value::Absent)).collect();
        sound.then_some((request, values, fixtures))
    }

    /// `principal: evidence("snp.json")`
    fn fixture(&mut self, request: RequestId, init: &FieldInit, path: &str) -> Option<Fixture> {
        let [name] = init.path.value.as_slice() else {
            let message = "evidence from a file is the whole value of a field of the request";
            return self.error(codes::INVALID_TEST, init.path.span, message);
        };
        let field = self.request_field(request, name)?;
        let declared = &self.schema.request(request).fields[field];
        if declared.provenance != Provenance::Attested {
            let message = format!("`{}` is not `attested`: no verifier makes its value", name.value);
            self.report(
                Diagnostic::error(codes::INVALID_TEST, init.value.span, message)
                    .help("write its value out, or take it from the `sample` of its type"),
            );
            return None;
        }
        Some(Fixture { field, path: path.to_owned(), span: init.value.span })
    }

    /// The position of a field of the request.
    fn request_field(&mut self, request: RequestId, name: &Name) -> Option<usize> {
        let fields = &self.schema.request(request).fields;
        let Some(index) = fields.iter().position(|field| field.name == name.value) else {
            let known: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
            return self.unknown(name.span, "field of the request called", &name.value, known);
        };
        (!self.refused.contains(&self.schema.request(request).fields[index].span)).then_some(index)
    }

    fn set_request_field(
        &mut self,
        file: usize,
        request: RequestId,
        values: &mut [Option<Value>],
        init: &FieldInit,
        at: i64,
    ) -> Option<()> {
        let name = init.path.value.first()?;
        let index = self.request_field(request, name)?;
        let ty = self.schema.request(request).fields[index].ty.clone();
        if init.path.value.len() == 1 {
            values[index] = Some(self.constant(file, &init.value, &ty, Some(at))?);
            return Some(());
        }
        self.set_inside(file, &mut values[index], init, 1, Some(at))
    }

    fn reference_value(
        &mut self,
        file: usize,
        name: &Name,
        value: &Expr,
        at: i64,
    ) -> Option<(crate::types::ReferenceId, Value)> {
        let id = match self.names.get(file, &name.value) {
            Some(Definition::Reference(id)) => id,
            Some(other) => return self.wrong_kind(name, other, "a reference"),
            None => {
                let known = self.visible(file, |definition| matches!(definition, Definition::Reference(_)));
                return self.unknown(name.span, "reference", &name.value, known);
            }
        };
        if self.refused.contains(&self.schema.reference(id).span) {
            return None;
        }
        let ty = self.schema.reference(id).ty.clone();
        Some((id, self.constant(file, value, &ty, Some(at))?))
    }

    fn expectation(
        &mut self,
        file: usize,
        request: RequestId,
        line: &TestLineKind,
        span: Span,
        at: i64,
    ) -> Option<Expectation> {
        match line {
            TestLineKind::ExpectPermit(names) => {
                Some(Expectation::Permit(self.rules_named(file, request, names, Effect::Permit)?))
            }
            TestLineKind::ExpectDeny { because, by } => {
                let by = self.rules_named(file, request, by, Effect::Forbid)?;
                Some(Expectation::Deny { because: because.as_ref().map(|sentence| sentence.value.clone()), by })
            }
            TestLineKind::ExpectGrant(fields) if fields.is_empty() => {
                self.error(codes::INVALID_TEST, span, "this expects nothing of the grant")
            }
            TestLineKind::ExpectGrant(fields) => {
                let Some(grant) = self.schema.request(request).grant.clone() else {
                    return self.error(codes::INVALID_TEST, span, "this request declares no grant");
                };
                let mut expected = Vec::new();
                for init in fields {
                    let name = init.path.value.first()?;
                    let Some(index) = grant.fields.iter().position(|field| field.name == name.value) else {
                        let known = grant.fields.iter().map(|field| &field.name);
                        return self.unknown(name.span, "field of the grant called", &name.value, known);
                    };
                    expected.push((index, self.constant(file, &init.value, &grant.fields[index].ty, Some(at))?));
                }
                Some(Expectation::Grant(expected))
            }
            TestLineKind::ExpectValidUntil(instant) => match self.constant(file, instant, &Type::Instant, Some(at))? {
                Value::Instant(instant) => Some(Expectation::ValidUntil(instant)),
                _ => None,
            },
            TestLineKind::Given(_) | TestLineKind::With(..) | TestLineKind::At(_) | TestLineKind::Case { .. } => None,
        }
    }

    /// The rules with these names, of the package and the effect.
    fn rules_named(&mut self, file: usize, request: RequestId, names: &[Name], effect: Effect) -> Option<Vec<usize>> {
        let package = self.package_here(file);
        let mut found = Vec::new();
        for name in names {
            let fits = |rule: &crate::checked::Rule| {
                rule.package == package && rule.request == request && rule.effect == effect
            };
            // Within a template, a rule of the template is meant before one of the package.
            let position = |wanted: &str| self.rules.iter().position(|rule| rule.name == wanted && fits(rule));
            match position(&self.applied_name(&name.value)).or_else(|| position(&name.value)) {
                Some(at) => found.push(at),
                // A rule that was refused is declared all the same; why it was is reported where it stands.
                None if self.has_errors() && matches!(self.names.get(file, &name.value), Some(Definition::Rule)) => {
                    return None;
                }
                None => {
                    let known: Vec<String> =
                        self.rules.iter().filter(|rule| fits(rule)).map(|rule| rule.name.clone()).collect();
                    let what = format!("{} for this request called", crate::types::effect_word(effect));
                    return self.unknown(name.span, &what, &name.value, known);
                }
            }
        }
        found.sort_unstable();
        Some(found)
    }
}

/// The file of `evidence("snp.json")`.
fn evidence_file(expression: &Expr) -> Option<&str> {
    match &expression.value {
        ExprKind::Call(path, arguments) => match (path.value.as_slice(), arguments.as_slice()) {
            ([name], [Expr { value: ExprKind::String(file), .. }]) if name.value == "evidence" => Some(file),
            _ => None,
        },
        _ => None,
    }
}
