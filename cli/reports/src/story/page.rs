//! For people: a page that needs nothing but itself. What decides lies open, the rest opens at a click.

use super::{applies, counts, ended_by, one_line, place, source, told, word, written};
use crate::page::{document, escaped};
use crate::trust;
use atbac_compiler::truth::Truth;
use atbac_compiler::types::effect_word;
use atbac_engine::Bundle;
use atbac_engine::story::{AtomStory, LineStory, RuleStory, Story};

/// The whole page, in HTML. `verdict` is its first line, good news or not; `details` are what is said of the decision, in rows.
pub fn page(story: &Story<'_>, bundle: &Bundle, verdict: (bool, &str), details: &[(&str, String)]) -> String {
    let (good, said) = verdict;
    let mut body = format!("<p class=\"verdict {}\"><strong>{}</strong></p>\n", class(good), escaped(said));
    body += &table(details.iter().map(|(label, row)| ((*label).to_owned(), escaped(row))));
    if !story.ends.is_empty() {
        let ends = story.ends.iter().map(|end| format!("<li>{}</li>\n", escaped(&ended_by(end, bundle.sources()))));
        body += &format!("<h2>The answer ends when</h2>\n<ul>\n{}</ul>\n", ends.collect::<String>());
    }
    if !story.inputs.is_empty() {
        let rows = story.inputs.iter().map(|input| {
            let told = format!("{}, {}", input.provenance.word(), counts(input));
            (input.field.to_owned(), format!("<span class=\"{}\">{}</span>", plain(input.counts), escaped(&told)))
        });
        body += &format!("<h2>Evidence</h2>\n{}", table(rows));
    }
    body += "<h2>Rules about this call</h2>\n";
    if story.rules.is_empty() {
        body += "<p>None.</p>\n";
    }
    body.extend(story.rules.iter().map(|told| tell_rule(told, bundle)));
    if !story.elsewhere.is_empty() {
        let rules = story.elsewhere.iter().map(|(rule, line)| {
            let about = escaped(&one_line(bundle.sources().text(line.line.span)));
            format!(
                "<li>{} <code>{}</code>, where <code>{about}</code></li>\n",
                effect_word(rule.effect),
                escaped(&rule.name)
            )
        });
        body += &format!(
            "<h2>Rules about other calls</h2>\n<details><summary>{} of this request</summary>\n<ul>\n{}</ul></details>\n",
            story.elsewhere.len(),
            rules.collect::<String>(),
        );
    }
    document("A decision, explained", &body)
}

fn tell_rule(told: &RuleStory<'_>, bundle: &Bundle) -> String {
    let rule = told.rule;
    let decides = if told.determines { ", and decides" } else { "" };
    let open = if told.determines || told.truth != Truth::True { " open" } else { "" };
    let lines: String = told.lines.iter().map(|line| tell_line(line, bundle)).collect();
    let trust = trust::rows(&told.trust, bundle.schema(), bundle.sources());
    format!(
        "<details class=\"rule\"{open}>\n<summary>{} <code>{}</code> <strong class=\"{}\">{}{decides}</strong> \
         <span class=\"soft\">{}</span></summary>\n<ul class=\"lines\">\n{lines}</ul>\n\
         <details><summary>What it rests on</summary>\n{}</details>\n</details>\n",
        effect_word(rule.effect),
        escaped(&rule.name),
        class_of(told.truth),
        applies(told.truth),
        escaped(&format!("{} of {}", place(rule.span, bundle.sources()), rule.package)),
        table(trust.into_iter().map(|(label, row)| (label.to_owned(), escaped(&row)))),
    )
}

fn tell_line(line: &LineStory<'_>, bundle: &Bundle) -> String {
    let until = line.until.map(|until| format!(" <span class=\"soft\">until {until}</span>")).unwrap_or_default();
    let several = line.atoms.len() > 1;
    let atoms: String = line.atoms.iter().map(|atom| tell_atom(atom, several, bundle)).collect();
    format!(
        "<li class=\"line {}\"><strong class=\"{}\">{}</strong> <code>{}</code>{until}\n{atoms}</li>\n",
        word(line.truth),
        class_of(line.truth),
        word(line.truth),
        escaped(&written(line, bundle.sources())),
    )
}

fn tell_atom(atom: &AtomStory, several: bool, bundle: &Bundle) -> String {
    let readings = atom.readings.iter().map(|read| {
        let told = escaped(&told(read, bundle));
        (source(read).to_owned(), format!("<code>{told}</code>"))
    });
    let readings = table(readings);
    if !several {
        return readings;
    }
    let text = escaped(&one_line(bundle.sources().text(atom.span)));
    let (class, word) = match atom.truth {
        Truth::True => ("good", "true"),
        Truth::False => ("bad", "false"),
        Truth::Indeterminate => ("open", "unknown"),
    };
    format!("<p><span class=\"{class}\">{word}</span> <code>{text}</code></p>\n{readings}")
}

/// A table of labels and HTML; nothing without rows.
fn table(rows: impl Iterator<Item = (String, String)>) -> String {
    let rows: String = rows
        .map(|(label, html)| format!("<tr><th scope=\"row\">{}</th><td>{html}</td></tr>\n", escaped(&label)))
        .collect();
    if rows.is_empty() { rows } else { format!("<div class=\"scroll\"><table>\n{rows}</table></div>\n") }
}

fn class(good: bool) -> &'static str {
    if good { "good" } else { "bad" }
}

/// Good is what is expected here, and has no colour.
fn plain(good: bool) -> &'static str {
    if good { "" } else { "bad" }
}

fn class_of(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "good",
        Truth::False => "bad",
        Truth::Indeterminate => "open",
    }
}
