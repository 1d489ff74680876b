//! For a terminal.

use super::{applies, counts, ended_by, one_line, place, source, told, word, written};
use crate::trust;
use atbac_compiler::truth::Truth;
use atbac_compiler::types::effect_word;
use atbac_engine::Bundle;
use atbac_engine::story::{LineStory, RuleStory, Story};

/// How a piece of the text is meant, for whoever has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As any text.
    Plain,
    /// Something holds.
    Good,
    /// Something does not.
    Bad,
    /// A heading.
    Strong,
}

/// The most rules about other calls that are named.
const MOST_ELSEWHERE: usize = 20;

/// The story, piece by piece.
pub fn text(story: &Story<'_>, bundle: &Bundle, say: &mut dyn FnMut(Tone, &str)) {
    let sources = bundle.sources();
    if !story.ends.is_empty() {
        say(Tone::Strong, "\nThe answer ends when\n");
        story.ends.iter().for_each(|end| say(Tone::Plain, &format!("  {}\n", ended_by(end, sources))));
    }
    if !story.inputs.is_empty() {
        say(Tone::Strong, "\nEvidence\n");
        for input in &story.inputs {
            let tone = if input.counts { Tone::Plain } else { Tone::Bad };
            let provenance = input.provenance.word();
            say(tone, &format!("  {:<14} {provenance:<14} {}\n", input.field, counts(input)));
        }
    }
    say(Tone::Strong, "\nRules about this call\n");
    if story.rules.is_empty() {
        say(Tone::Plain, "  none\n");
    }
    for (at, rule) in story.rules.iter().enumerate() {
        say(Tone::Plain, if at > 0 { "\n" } else { "" });
        tell_rule(rule, bundle, say);
    }
    if !story.elsewhere.is_empty() {
        say(Tone::Strong, "\nRules about other calls\n");
        for (rule, line) in story.elsewhere.iter().take(MOST_ELSEWHERE) {
            let about = one_line(sources.text(line.line.span));
            say(Tone::Plain, &format!("  {} {}, where {about}\n", effect_word(rule.effect), rule.name));
        }
        if let Some(more @ 1..) = story.elsewhere.len().checked_sub(MOST_ELSEWHERE) {
            say(Tone::Plain, &format!("  … and {more} more\n"));
        }
    }
}

fn tell_rule(told_rule: &RuleStory<'_>, bundle: &Bundle, say: &mut dyn FnMut(Tone, &str)) {
    let (rule, sources) = (told_rule.rule, bundle.sources());
    say(Tone::Strong, &format!("  {} {}", effect_word(rule.effect), rule.name));
    let tone = if told_rule.truth == Truth::True { Tone::Good } else { Tone::Bad };
    say(tone, &format!("  {}", applies(told_rule.truth)));
    let decides = if told_rule.determines { "; it decides" } else { "" };
    say(Tone::Plain, &format!("{decides}  {} of {}\n", place(rule.span, sources), rule.package));
    told_rule.lines.iter().for_each(|line| tell_line(line, bundle, say));
    for (label, row) in trust::rows(&told_rule.trust, bundle.schema(), sources) {
        say(Tone::Plain, &format!("    {label:<13} {row}\n"));
    }
}

fn tell_line(line: &LineStory<'_>, bundle: &Bundle, say: &mut dyn FnMut(Tone, &str)) {
    let tone = |truth| if truth == Truth::True { Tone::Good } else { Tone::Bad };
    say(tone(line.truth), &format!("    {:<8}", word(line.truth)));
    let until = line.until.map(|until| format!("  (until {until})")).unwrap_or_default();
    say(Tone::Plain, &format!("{}{until}\n", written(line, bundle.sources())));
    for atom in &line.atoms {
        if line.atoms.len() > 1 {
            let so = match atom.truth {
                Truth::True => "true",
                Truth::False => "false",
                Truth::Indeterminate => "unknown",
            };
            say(Tone::Plain, &format!("              {so:<8}{}\n", one_line(bundle.sources().text(atom.span))));
        }
        for reading in &atom.readings {
            say(Tone::Plain, &format!("              {:<14}{}\n", source(reading), told(reading, bundle)));
        }
    }
}
