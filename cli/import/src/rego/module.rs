//! A module of Rego as rules by name.

use crate::finding::{Code, Findings, Place};
use crate::{Refusal, Source};
use regorus::unstable as rego;
use regorus::unstable::{Expr, ExprRef, RuleBody};
use std::collections::BTreeMap;

/// The package that the services ask. Source: `confidential-containers/trustee`, where they evaluate `data.policy.allow` and `data.policy.trust_claims`.
const PACKAGE: &str = "policy";

/// A module.
pub(crate) struct Module {
    file: String,
    rules: BTreeMap<String, Rules>,
}

/// Everything that is said of one name.
#[derive(Default)]
pub(crate) struct Rules {
    /// `default name := value`
    pub(crate) default: Option<ExprRef>,
    /// Every definition, in order.
    pub(crate) definitions: Vec<Definition>,
    /// It is no rule with one value: a function, a set or an object that is made of parts, a name of another module; or it has two defaults.
    pub(crate) is_partial: bool,
}

/// `name := value if { … } else := value if { … }`
pub(crate) struct Definition {
    /// The value; `true` where there is none.
    pub(crate) value: Option<ExprRef>,
    /// Bodies, of which the definition needs one; none for one that always holds.
    pub(crate) bodies: Vec<Body>,
    pub(crate) place: Place,
}

/// A body of a rule.
pub(crate) struct Body {
    /// The value of an `else`, where it says another than the head.
    pub(crate) value: Option<ExprRef>,
    /// It counts only where none of those before it does.
    pub(crate) is_else: bool,
    pub(crate) query: rego::Ref<rego::Query>,
    pub(crate) place: Place,
}

impl Module {
    /// Reads a module, as the services do: in Rego of version 0, unless it says `import rego.v1`.
    pub(crate) fn read(source: &Source, findings: &mut Findings) -> Result<Self, Refusal> {
        let parsed = parse(source)?;
        let package = parsed.package.refr.span().text();
        if package != PACKAGE {
            return Err(Refusal::Other {
                file: source.name.clone(),
                expected: "policy in Rego",
                found: format!(
                    "its package is `{}`, and the services ask rules of `{PACKAGE}`",
                    crate::package::excerpt(package)
                ),
            });
        }
        let mut module = Module { file: source.name.clone(), rules: BTreeMap::new() };
        for import in &parsed.imports {
            let path = import.refr.span().text();
            if !path.starts_with("rego.v1") && !path.starts_with("future.keywords") {
                let place = module.place(&import.span);
                findings.add(
                    Code::Form,
                    Some(&place),
                    format!(
                        "`import {}` brings in rules of another module; what uses them is left out",
                        crate::package::excerpt(path)
                    ),
                    "write the rules out in this module",
                );
                // Its name hides rules, and functions of Rego.
                let name = import.r#as.as_ref().map_or(last_word(path), |name| name.text());
                module.rules.entry(name.to_owned()).or_default().is_partial = true;
            }
        }
        for rule in &parsed.policy {
            module.add(rule);
        }
        Ok(module)
    }

    fn add(&mut self, rule: &rego::Rule) {
        let place = self.place(rule.span());
        match rule {
            rego::Rule::Default { refr, args, value, .. } => {
                let rules = self.rules.entry(refr.span().text().to_owned()).or_default();
                rules.is_partial |= !args.is_empty() || rules.default.is_some();
                rules.default = Some(value.clone());
            }
            rego::Rule::Spec { head: rego::RuleHead::Compr { refr, assign, .. }, bodies, .. } => {
                let Expr::Var { span, .. } = &**refr else {
                    self.rules.entry(first_word(refr.span().text())).or_default().is_partial = true;
                    return;
                };
                let bodies = bodies.iter().map(|body| self.body(body)).collect();
                let value = assign.as_ref().map(|assign| assign.value.clone());
                let rules = self.rules.entry(span.text().to_owned()).or_default();
                rules.definitions.push(Definition { value, bodies, place });
            }
            rego::Rule::Spec { head: rego::RuleHead::Set { refr, .. } | rego::RuleHead::Func { refr, .. }, .. } => {
                self.rules.entry(first_word(refr.span().text())).or_default().is_partial = true;
            }
        }
    }

    fn body(&self, body: &RuleBody) -> Body {
        Body {
            value: body.assign.as_ref().map(|assign| assign.value.clone()),
            is_else: body.is_else,
            query: body.query.clone(),
            place: self.place(&body.span),
        }
    }

    /// The rules of a name.
    pub(crate) fn rules(&self, name: &str) -> Option<&Rules> {
        self.rules.get(name)
    }

    /// The name of the file.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Where a piece of the text stands.
    pub(crate) fn place(&self, span: &rego::Span) -> Place {
        Place { file: self.file.clone(), line: span.line.max(1) as usize, column: span.col.max(1) as usize }
    }
}

fn first_word(path: &str) -> String {
    path.split(['.', '[']).next().unwrap_or_default().to_owned()
}

fn last_word(path: &str) -> &str {
    path.rsplit(['.', '[']).next().unwrap_or_default().trim_matches(['"', ']'])
}

fn parse(source: &Source) -> Result<rego::Module, Refusal> {
    let failed = |error: &dyn std::fmt::Display| {
        let message = error.to_string();
        let (line, column) = position(&message).unwrap_or((1, 1));
        let place = Place { file: source.name.clone(), line, column };
        let reason =
            message.lines().rev().find_map(|line| line.trim().strip_prefix("error: ")).unwrap_or("it cannot be read");
        Refusal::Syntax { place, message: format!("this is not Rego: {reason}") }
    };
    let text = rego::Source::from_contents(source.name.clone(), source.text.clone()).map_err(|error| failed(&error))?;
    let mut parser = rego::Parser::new(&text).map_err(|error| failed(&error))?;
    parser.parse().map_err(|error| failed(&error))
}

/// Line and column of `--> file:3:7`, as the parser writes them.
fn position(message: &str) -> Option<(usize, usize)> {
    let arrow = message.lines().find_map(|line| line.trim().strip_prefix("--> "))?;
    let mut numbers = arrow.rsplit(':');
    let column = numbers.next()?.parse().ok()?;
    let line = numbers.next()?.parse().ok()?;
    Some((line, column))
}
