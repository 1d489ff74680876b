//! The standard library's package for a kind of evidence, compiled with a question about each of its predicates.

use atbac_compiler::types::Struct;
use atbac_engine::evidence::EvidenceKind;
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_grammar::parse;
use atbac_grammar::span::SourceMap;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind, Item, ItemKind, Predicate};
use atbac_stdlib::{MODULES, Module};

/// The request of the policy that asks the predicates.
pub(super) const REQUEST: &str = "Evidence";

/// The package with the schema of a kind of evidence.
pub(super) struct Library {
    /// The package, and a policy that forbids what a predicate does not hold of.
    pub(super) bundle: Bundle,
    /// The verifier whose evidence the schema is.
    pub(super) verifier: &'static str,
    /// The name of the field of [`REQUEST`] that takes the evidence: the one that predicates have for it.
    pub(super) field: String,
    /// The predicates that ask the evidence alone.
    pub(super) predicates: Vec<Asked>,
    /// The names and documentation of those that ask for more, which only whoever writes a policy knows.
    pub(super) others: Vec<(String, String)>,
}

/// A predicate with its conditions.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) conditions: Vec<Condition>,
}

/// A condition of a predicate.
pub(super) struct Condition {
    /// As it is written.
    pub(super) text: String,
    /// The same after the conditions before it that say that a value is there, without which it could not be asked by itself.
    asked: String,
    /// The rule that applies where it does not hold.
    pub(super) rule: String,
}

impl Library {
    /// That of evidence of this `kind`; none where the standard library has no schema for it.
    pub(super) fn of(kind: EvidenceKind) -> Option<Self> {
        let verifier = kind.verifier();
        MODULES.iter().find_map(|module| Self::read(module, verifier))
    }

    /// The schema.
    pub(super) fn schema(&self) -> Option<&Struct> {
        let is_it =
            |known: &&Struct| known.evidence.as_ref().is_some_and(|evidence| evidence.verifier == self.verifier);
        self.bundle.schema().structs.iter().find(is_it)
    }

    fn read(module: &Module, verifier: &'static str) -> Option<Self> {
        let mut sources = SourceMap::default();
        let file = parse(sources.add(module.name, module.source).ok()?, module.source).file;
        let schema = file.items.iter().find_map(|item| match &item.kind {
            ItemKind::Evidence(evidence) => {
                let names = |argument: &Expr| matches!(&argument.value, ExprKind::String(name) if name == verifier);
                let mut verifiers = evidence.attributes.iter().filter(|attribute| attribute.name.value == "verifier");
                verifiers
                    .any(|attribute| attribute.arguments.iter().any(|(_, argument)| names(argument)))
                    .then_some(evidence.name.value.as_str())
            }
            _ => None,
        })?;
        let about_it = |item: &Item| match &item.kind {
            ItemKind::Predicate(predicate) => {
                sources.text(predicate.parameters.first()?.ty.span).eq(schema).then_some(())
            }
            _ => None,
        };
        let field = file.items.iter().find_map(|item| match &item.kind {
            ItemKind::Predicate(predicate) if about_it(item).is_some() => {
                Some(predicate.parameters[0].name.value.to_string())
            }
            _ => None,
        });
        let field = field.unwrap_or_else(|| "p".to_owned());
        let (mut predicates, mut others) = (Vec::new(), Vec::new());
        for item in file.items.iter().filter(|item| about_it(item).is_some()) {
            let ItemKind::Predicate(predicate) = &item.kind else { continue };
            if predicate.parameters.len() == 1 {
                predicates.push(asked(item, predicate, &field, &sources));
            } else {
                let call: Vec<&str> = predicate.parameters.iter().map(|parameter| &*parameter.name.value).collect();
                others.push((format!("{}({})", predicate.name.value, call.join(", ")), summary(&item.docs)));
            }
        }
        // What an issuer signed is not taken as `attested`, and what hardware did not as `authenticated`.
        let bundle = ["attested", "authenticated"].into_iter().find_map(|provenance| {
            let request = format!("request {REQUEST} {{ session {field}: {provenance} {schema}, }}");
            let text = policy(module.package, schema, &request, &predicates);
            let source = SourceFile { name: "the report of evidence".to_owned(), text };
            Bundle::open([source], Execution::Interpreter).ok()
        })?;
        Some(Library { bundle, verifier, field, predicates, others })
    }
}

/// The first paragraph of a documentation.
pub(super) fn summary(docs: &[String]) -> String {
    docs.iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn asked(item: &Item, predicate: &Predicate, field: &str, sources: &SourceMap) -> Asked {
    let name = &predicate.name.value;
    let mut conditions = Vec::new();
    let mut present = String::new();
    let mut add = |text: String, present: &str| {
        let (asked, rule) = (format!("{present}{text}"), format!("{name}_{}", conditions.len()));
        conditions.push(Condition { text, asked, rule });
    };
    if predicate.parameters[0].name.value == field {
        each_conjunct(&predicate.body, &mut |conjunct| {
            let text = sources.text(conjunct.span);
            add(text.to_owned(), &present);
            if matches!(conjunct.value, ExprKind::IsPresent(_)) {
                present += &format!("{text} and ");
            }
        });
    } else {
        add(format!("{name}({field})"), "");
    }
    Asked { name: name.to_string(), docs: item.docs.clone(), conditions }
}

/// The conditions that all must hold for this one to.
fn each_conjunct(condition: &Expr, each: &mut dyn FnMut(&Expr)) {
    match &condition.value {
        ExprKind::Binary(operator, left, right) if operator.value == BinaryOp::And => {
            each_conjunct(left, each);
            each_conjunct(right, each);
        }
        _ => each(condition),
    }
}

/// A policy with a rule for each condition, which applies where the condition does not hold.
fn policy(package: &str, schema: &str, request: &str, predicates: &[Asked]) -> String {
    let names: Vec<&str> = predicates.iter().map(|asked| &*asked.name).collect();
    let imported = [&[schema], &names[..]].concat().join(", ");
    let rules = predicates.iter().flat_map(|asked| &asked.conditions).map(|Condition { asked, rule, .. }| {
        format!("forbid {rule} for {REQUEST} {{ unless {asked}; reason \"it does not hold\"; }}\n")
    });
    format!("package report;\nuse {package}.{{{imported}}};\n{request}\n{}", rules.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A package whose report cannot be compiled would fall back to claims without meanings.
    #[test]
    fn every_schema_has_its_report() {
        for kind in [
            EvidenceKind::Snp,
            EvidenceKind::Tdx,
            EvidenceKind::Sgx,
            EvidenceKind::NvidiaGpu,
            EvidenceKind::NvidiaSwitch,
            EvidenceKind::Ear,
            EvidenceKind::Nras,
            EvidenceKind::Maa,
            EvidenceKind::ConfidentialSpace,
            EvidenceKind::JwtSvid,
            EvidenceKind::X509Svid,
        ] {
            let library = Library::of(kind);
            assert!(library.is_some_and(|library| library.schema().is_some()), "{}", kind.name());
        }
    }

    /// By the text of `stdlib/snp.atbac`.
    #[test]
    fn predicates_of_the_evidence_alone_are_asked_condition_by_condition() {
        let library = Library::of(EvidenceKind::Snp).unwrap();
        let hardened = library.predicates.iter().find(|asked| asked.name == "hardened").unwrap();
        let conditions: Vec<&str> = hardened.conditions.iter().map(|condition| condition.text.as_str()).collect();
        assert_eq!(conditions, ["not p.policy.debug", "not p.policy.migrate_ma", "p.vmpl == 0"]);
        assert!(library.others.iter().any(|(call, _)| call == "released(p, builds)"));
        assert!(!library.predicates.iter().any(|asked| asked.name == "released"));
    }
}
