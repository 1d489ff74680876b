//! A package's documentation: what it asks for, what it decides, and whose honesty that rests on.
//!
//! What is declared is taken from the checked policy, and what people wrote about it from the text: a checked policy keeps neither the documentation of rules nor the
//! templates.

use crate::document::{Block, Document, Section};
use atbac_compiler::checked::{LineKind, Rule};
use atbac_compiler::pipeline::Checked;
use atbac_compiler::trust::{self, Trust, fact_word};
use atbac_compiler::types::{Enum, Grant, Merge, Request, Schema, Struct, effect_word};
use atbac_grammar::print_duration;
use atbac_grammar::span::{FileId, SourceMap, Span};
use atbac_grammar::syntax::{Item, ItemKind, Stage};
use std::collections::BTreeSet;

/// The documentation of every package of a policy, those of the standard library only as far as it uses their types.
pub fn describe(checked: &Checked) -> Document {
    let texts = Texts::read(&checked.sources);
    let schema = &checked.policy.schema;
    let packages: Vec<&str> = texts.packages.iter().map(|(package, _)| package.as_str()).collect();
    let title = match packages[..] {
        [only] => format!("Package {only}"),
        _ => "Packages".to_owned(),
    };
    let mut sections = Vec::new();
    for (package, docs) in &texts.packages {
        sections.push(Section { level: 2, heading: format!("Package `{package}`"), blocks: prose(docs) });
        let is_here = |declared: &str| declared == package;
        sections.extend(
            schema.requests.iter().filter(|each| is_here(&each.package)).flat_map(|each| request(schema, each)),
        );
        sections.extend(
            schema.structs.iter().filter(|each| is_here(&each.package)).map(|each| structure(schema, each, &texts)),
        );
        sections
            .extend(schema.enums.iter().filter(|each| is_here(&each.package)).map(|each| enumeration(each, &texts)));
        sections.extend(references(schema, package, &texts));
        for (heading, wanted) in [("Predicate", Wanted::Predicate), ("Template", Wanted::Template)] {
            sections.extend(texts.written(package, wanted).map(|written| {
                let mut blocks = prose(&written.docs);
                blocks.push(Block::Code(written.code.clone()));
                Section { level: 3, heading: format!("{heading} `{}`", written.name), blocks }
            }));
        }
        let trusts = trust::of(&checked.policy);
        sections
            .extend(trusts.iter().filter(|each| is_here(&each.rule.package)).map(|each| rule(each, schema, &texts)));
    }
    let used = used_evidence(schema, &packages);
    if !used.is_empty() {
        let text =
            "Types of the standard library that these packages read. The engine's verifiers make values of them.";
        sections.push(Section { level: 2, heading: "Evidence".to_owned(), blocks: vec![Block::Text(text.to_owned())] });
        sections.extend(used.into_iter().map(|declared| structure(schema, declared, &texts)));
    }
    Document { title, sections }
}

/// Evidence of other packages that requests take, with the records and enums in it.
fn used_evidence<'a>(schema: &'a Schema, packages: &[&str]) -> Vec<&'a Struct> {
    let mut shown = BTreeSet::new();
    for request in &schema.requests {
        for field in &request.fields {
            let written = schema.show(&field.ty).to_string();
            let named = |declared: &&Struct| {
                let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
                declared.evidence.is_some() && written.split(|c| !is_word(c)).any(|word| word == declared.name)
            };
            shown.extend(schema.structs.iter().enumerate().filter(|(_, each)| named(each)).map(|(at, _)| at));
        }
    }
    let mut inside = shown.clone();
    for at in &shown {
        for field in &schema.structs[*at].fields {
            let written = schema.show(&field.ty).to_string();
            inside.extend(
                schema.structs.iter().enumerate().filter(|(_, each)| written.contains(&each.name)).map(|(at, _)| at),
            );
        }
    }
    inside
        .into_iter()
        .map(|at| &schema.structs[at])
        .filter(|declared| !packages.contains(&declared.package.as_str()))
        .collect()
}

fn request(schema: &Schema, request: &Request) -> Vec<Section> {
    let row = |field: &atbac_compiler::types::RequestField| {
        let stage = match field.stage {
            Stage::Session => "session",
            Stage::Call => "call",
        };
        let mut proofs = Vec::new();
        if let Some(other) = field.bound_to {
            proofs.push(format!("bound to `{}`", request.fields[other].name));
        }
        if field.challenged {
            proofs.push("answers a nonce".to_owned());
        }
        vec![
            format!("`{}`", field.name),
            stage.to_owned(),
            field.provenance.word().to_owned(),
            format!("`{}`", schema.show(&field.ty)),
            proofs.join(", "),
            one_line(&field.docs),
        ]
    };
    let heads = vec!["field", "stage", "whose word", "type", "proven", ""];
    let blocks = vec![Block::Table(heads, request.fields.iter().map(row).collect())];
    let mut sections = vec![Section { level: 3, heading: format!("Request `{}`", request.name), blocks }];
    sections.extend(request.grant.as_ref().map(|grant| granted(schema, grant)));
    sections
}

fn granted(schema: &Schema, grant: &Grant) -> Section {
    let row = |field: &atbac_compiler::types::GrantField| {
        let merge = match field.merge {
            Merge::Min => "the least",
            Merge::Max => "the greatest",
            Merge::Same => "all must agree",
            Merge::Intersect => "what all have",
            Merge::Union => "what any has",
        };
        vec![format!("`{}`", field.name), format!("`{}`", schema.show(&field.ty)), merge.to_owned()]
    };
    let rows = grant.fields.iter().map(row).collect();
    let blocks = vec![Block::Table(vec!["field", "type", "of several permits"], rows)];
    Section { level: 3, heading: format!("Grant `{}`", grant.name), blocks }
}

fn structure(schema: &Schema, declared: &Struct, texts: &Texts) -> Section {
    let mut blocks = prose(texts.docs(&declared.package, &declared.name));
    let kind = match &declared.evidence {
        None => "Record",
        Some(evidence) => {
            let longest =
                evidence.max_age.map(|age| format!(", at most {} old", print_duration(age))).unwrap_or_default();
            blocks
                .push(Block::Text(format!("{}, from the verifier `{}`{longest}.", evidence.title, evidence.verifier)));
            "Evidence"
        }
    };
    let row = |field: &atbac_compiler::types::Field| {
        let fact = field.fact.map(|fact| format!("`{}`", fact_word(fact))).unwrap_or_default();
        vec![format!("`{}`", field.name), format!("`{}`", schema.show(&field.ty)), fact, one_line(&field.docs)]
    };
    blocks.push(Block::Table(vec!["field", "type", "kind of fact", ""], declared.fields.iter().map(row).collect()));
    Section { level: 3, heading: format!("{kind} `{}.{}`", declared.package, declared.name), blocks }
}

fn enumeration(declared: &Enum, texts: &Texts) -> Section {
    let mut blocks = prose(texts.docs(&declared.package, &declared.name));
    let group = |at: usize| declared.groups.iter().find(|group| group.cases.iter().any(|case| *case as usize == at));
    let row = |(at, case): (usize, &atbac_compiler::types::Case)| {
        let group = group(at).map(|group| format!("`{}`", group.name)).unwrap_or_default();
        vec![format!("`{}`", case.name), group, one_line(&case.docs)]
    };
    blocks.push(Block::Table(vec!["case", "group", ""], declared.cases.iter().enumerate().map(row).collect()));
    Section { level: 3, heading: format!("Enum `{}`", declared.name), blocks }
}

fn references(schema: &Schema, package: &str, texts: &Texts) -> Option<Section> {
    let declared = schema.references.iter().filter(|reference| reference.package == package);
    let row = |reference: &atbac_compiler::types::Reference| {
        let docs = texts.docs(package, &reference.name).join(" ");
        vec![format!("`{}`", reference.name), format!("`{}`", schema.show(&reference.ty)), docs]
    };
    let rows: Vec<Vec<String>> = declared.map(row).collect();
    let table = Block::Table(vec!["name", "type", ""], rows.clone());
    (!rows.is_empty()).then(|| Section { level: 3, heading: "Reference values".to_owned(), blocks: vec![table] })
}

fn rule(trust: &Trust<'_>, schema: &Schema, texts: &Texts) -> Section {
    let Rule { name, package, effect, reason, owner, severity, exception, .. } = trust.rule;
    // A rule of a template stands in the text under the template's name for it.
    let mut blocks = prose(texts.docs(package, name));
    let mut facts = vec![format!("Decides `{}`.", schema.request(trust.rule.request).name)];
    facts.extend(owner.as_ref().map(|owner| format!("Owner: {owner}.")));
    facts.extend(severity.as_ref().map(|severity| format!("Severity: {severity}.")));
    facts.extend(exception.as_ref().map(|exception| format!("An exception, by {}.", exception.ticket)));
    blocks.push(Block::Text(facts.join(" ")));
    if let Some(written) = texts.written(package, Wanted::Rule).find(|written| written.name == *name) {
        blocks.push(Block::Code(written.code.clone()));
    }
    let mut sentences: Vec<String> = reason.iter().map(|reason| reason.to_string()).collect();
    sentences.extend(trust.rule.lines.iter().filter_map(|line| match &line.kind {
        LineKind::Require(sentence) => Some(sentence.to_string()),
        LineKind::Head | LineKind::When | LineKind::Unless | LineKind::Implied => None,
    }));
    if !sentences.is_empty() {
        blocks.push(Block::Text("What a refused caller is told:".to_owned()));
        blocks.push(Block::List(sentences));
    }
    blocks.push(Block::Text("What it rests on:".to_owned()));
    blocks.push(Block::List(trust_base(trust, schema)));
    Section { level: 3, heading: format!("{} `{name}`", capitalised(effect_word(*effect))), blocks }
}

fn trust_base(trust: &Trust<'_>, schema: &Schema) -> Vec<String> {
    let mut base: Vec<String> = Vec::new();
    for source in &trust.sources {
        let claims: Vec<String> = source
            .claims
            .iter()
            .filter(|(path, _)| !path.is_empty())
            .map(|(path, fact)| format!("`{path}` (`{}`)", fact_word(*fact)))
            .collect();
        let claims = if claims.is_empty() { String::new() } else { format!(": {}", claims.join(", ")) };
        base.push(format!("`{}`, {}{claims}", source.field, source.provenance.word()));
    }
    let references: Vec<String> =
        trust.references.iter().map(|id| format!("`{}`", schema.reference(*id).name)).collect();
    if !references.is_empty() {
        base.push(format!("reference values: {}", references.join(", ")));
    }
    if trust.reads_clock {
        base.push("the service's clock".to_owned());
    }
    for floor in &trust.floors {
        base.push(format!("floor `{}`: {}", fact_word(floor.fact), floor.least.word()));
    }
    base
}

/// What kind of declaration is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Predicate,
    Template,
    Rule,
    Other,
}

/// A declaration as it is written.
struct Written {
    package: String,
    kind: Wanted,
    name: String,
    docs: Vec<String>,
    code: String,
}

/// The texts of a policy.
struct Texts {
    /// The packages that are not of the standard library, with their documentation, in order.
    packages: Vec<(String, Vec<String>)>,
    written: Vec<Written>,
}

impl Texts {
    fn read(sources: &SourceMap) -> Self {
        let mut texts = Texts { packages: Vec::new(), written: Vec::new() };
        for (id, source) in sources.iter() {
            let parsed = atbac_grammar::parse(id, &source.text).file;
            let Some(declared) = &parsed.package else { continue };
            let package = declared.name.value.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(".");
            if package.split('.').next() != Some("std") {
                match texts.packages.iter_mut().find(|(known, _)| *known == package) {
                    Some((_, docs)) => docs.extend(declared.docs.iter().cloned()),
                    None => texts.packages.push((package.clone(), declared.docs.clone())),
                }
            }
            for item in &parsed.items {
                texts.add(&package, id, item, sources);
            }
        }
        texts
    }

    fn add(&mut self, package: &str, _: FileId, item: &Item, sources: &SourceMap) {
        let (kind, name) = match &item.kind {
            ItemKind::Predicate(predicate) => (Wanted::Predicate, &predicate.name),
            ItemKind::Template(template) => (Wanted::Template, &template.name),
            ItemKind::Rule(rule) => (Wanted::Rule, &rule.name),
            ItemKind::Enum(declared) => (Wanted::Other, &declared.name),
            ItemKind::Record(declared) => (Wanted::Other, &declared.name),
            ItemKind::Evidence(declared) => (Wanted::Other, &declared.name),
            ItemKind::Request(declared) => (Wanted::Other, &declared.name),
            ItemKind::Reference(declared) => (Wanted::Other, &declared.name),
            ItemKind::Grant(_)
            | ItemKind::Floor(_)
            | ItemKind::Apply(_)
            | ItemKind::Test(_)
            | ItemKind::Invariant(_) => return,
        };
        let code = slice(sources, item.span);
        self.written.push(Written {
            package: package.to_owned(),
            kind,
            name: name.value.to_string(),
            docs: item.docs.clone(),
            code,
        });
    }

    fn written(&self, package: &str, kind: Wanted) -> impl Iterator<Item = &Written> {
        self.written.iter().filter(move |written| written.package == package && written.kind == kind)
    }

    /// The documentation of a declaration.
    fn docs(&self, package: &str, name: &str) -> &[String] {
        let found = self.written.iter().find(|written| written.package == package && written.name == name);
        found.map_or(&[], |written| &written.docs)
    }
}

fn slice(sources: &SourceMap, span: Span) -> String {
    let text = &sources.get(span.file).text;
    text.get(span.start as usize..span.end as usize).unwrap_or_default().to_owned()
}

/// Documentation as paragraphs: an empty line ends one.
fn prose(docs: &[String]) -> Vec<Block> {
    let paragraphs = docs.split(|line| line.is_empty());
    paragraphs.filter(|lines| !lines.is_empty()).map(|lines| Block::Text(lines.join(" "))).collect()
}

fn one_line(docs: &str) -> String {
    docs.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().collect::<String>() + characters.as_str()).unwrap_or_default()
}
