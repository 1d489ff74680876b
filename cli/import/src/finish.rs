//! The last step: the package as text, checked by the compiler and laid out, and its reference file.

use crate::finding::{Code, Findings};
use crate::package::{Package, Reference};
use crate::{DEFAULT_MAX_AGE, Imported, Options, Refusal, floors};
use atbac_compiler::pipeline::{self, SourceFile};
use atbac_grammar::diagnostic::Severity;
use atbac_grammar::span::FileId;
use atbac_grammar::{codes, print_duration};
use serde_json::{Map, Value as Json, json};

/// The most that evidence may be old, by every schema of the standard library: 24 hours, in milliseconds. A bound must be tighter.
const LONGEST_AGE: i64 = 24 * 60 * 60 * 1000;

/// The greatest age of evidence, as the language writes it.
pub(crate) fn max_age(options: &Options) -> Result<String, Refusal> {
    let max_age = options.max_age.unwrap_or(DEFAULT_MAX_AGE);
    let written = print_duration(max_age);
    if max_age <= 0 || max_age >= LONGEST_AGE {
        return Err(Refusal::Age { found: written });
    }
    Ok(written)
}

/// The package as text, which compiles, with its reference file.
pub(crate) fn finish(
    mut package: Package,
    options: &Options,
    max_age: &str,
    mut findings: Findings,
) -> Result<Imported, Refusal> {
    if options.max_age.is_none() {
        findings.add(
            Code::Age,
            None,
            format!("the format says nothing of how old evidence may be; every permit asks for at most {max_age}"),
            "give the age that you mean, as in `--max-age 1h`",
        );
    }
    package.prune();
    let policy = checked(&package, &options.package, max_age, &mut findings)?;
    let references = reference_file(&package.references);
    for reference in package.references.iter().filter(|reference| reference.values.is_none()) {
        findings.add(
            Code::Reference,
            None,
            format!("the source names the reference values `{}` and does not hold them", reference.name),
            "put them into a reference file: until then every decision that needs them is a denial",
        );
    }
    Ok(Imported { policy, references, findings: findings.sorted() })
}

/// The text of the package with the strongest floors that it meets, in the canonical layout.
fn checked(package: &Package, name: &str, max_age: &str, findings: &mut Findings) -> Result<String, Refusal> {
    let mut message = String::new();
    for floors in floors::candidates(package.provenance) {
        let text = package.text(name, &floors.declaration, max_age);
        let text = atbac_grammar::format(FileId(0), &text).map_err(|diagnostics| Refusal::Policy {
            message: diagnostics.first().map(|diagnostic| diagnostic.message.clone()).unwrap_or_default(),
        })?;
        let source = SourceFile { name: "imported.atbac".to_owned(), text: text.clone() };
        let refused = match pipeline::parse([source]).check() {
            Ok(_) => {
                if let Some(missing) = floors.missing {
                    findings.add(
                        Code::Floor,
                        None,
                        format!("the source does not ask about {missing} wherever it permits, so the package's floors are lower: `{}`", floors.declaration),
                        "add what is missing to the permits, and delete the line with the floors",
                    );
                }
                return Ok(text);
            }
            Err(refused) => refused,
        };
        let errors = refused.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        // Lower floors mend unmet ones, and nothing else.
        let (unmet, others): (Vec<_>, Vec<_>) = errors.partition(|error| error.code == codes::FLOOR);
        message = others.first().or(unmet.first()).map(|diagnostic| diagnostic.message.clone()).unwrap_or_default();
        if !others.is_empty() {
            break;
        }
    }
    Err(Refusal::Policy { message })
}

/// The reference file with what the source holds.
fn reference_file(references: &[Reference]) -> Option<String> {
    let mut values = Map::new();
    for reference in references {
        if let Some(entries) = &reference.values {
            let entry = |entry: &crate::package::Entry| json!({ "value": entry.value, "origin": format!("{}:{}", entry.place.file, entry.place.line) });
            values
                .insert(reference.name.clone(), json!({ "values": entries.iter().map(entry).collect::<Vec<Json>>() }));
        }
    }
    if values.is_empty() {
        return None;
    }
    let file = json!({ "format": "atbac-references/1", "references": values });
    // A tree of texts and numbers always has a text.
    serde_json::to_string_pretty(&file).ok().map(|text| text + "\n")
}
