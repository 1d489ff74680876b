//! The grammar of the manual is the parser's: the same tokens, and the same texts.

use super::derive::Deriver;
use super::earley::Recogniser;
use super::ebnf::{self, Form, Grammar};
use super::pages::{blocks, page};
use super::tokens::tokens;
use atbac_grammar::parse;
use atbac_grammar::span::FileId;
use atbac_tests::files::{bundle, data, read_text, repository, with_extension};
use std::collections::BTreeSet;

fn grammar() -> Grammar {
    let blocks: Vec<String> =
        blocks(&page("grammar")).into_iter().filter(|block| block.info == "ebnf").map(|block| block.text).collect();
    ebnf::read(&blocks)
}

fn terminals(grammar: &Grammar) -> BTreeSet<String> {
    let mut terminals = BTreeSet::new();
    for form in grammar.values() {
        form.visit(&mut |form| {
            if let Form::Token(token) = form {
                terminals.insert(token.clone());
            }
        });
    }
    terminals
}

/// The parser's list of tokens stands at the beginning of its grammar.
#[test]
fn its_tokens_are_the_parsers() {
    let source = read_text(&repository().join("grammar/src/grammar.lalrpop"));
    let list = source.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" => Token::"));
    let tokens: BTreeSet<String> = list.map(|(token, _)| token.to_owned()).collect();
    assert!(tokens.len() > 90, "only {} tokens were found", tokens.len());
    // Tokens of many spellings have names there, in small letters.
    let written: BTreeSet<String> = terminals(&grammar()).iter().map(|token| token.to_lowercase()).collect();
    assert_eq!(written, tokens);
}

/// Whatever is derived from it, the parser accepts.
#[test]
fn its_sentences_are_accepted() {
    let grammar = grammar();
    let mut deriver = Deriver::new(&grammar);
    for depth in [6, 10, 14, 18] {
        for _ in 0..1_000 {
            accepted(&deriver.sentence("file", depth));
        }
    }
    // A file draws each kind of declaration rarely, and an expression inside an expression is a dozen rules deep.
    for (rule, depth, times) in [
        ("declaration", 14, 500),
        ("rule", 20, 300),
        ("test", 20, 300),
        ("type", 14, 300),
        ("value", 26, 500),
        ("expression", 28, 500),
    ] {
        for _ in 0..times {
            let sentence = deriver.sentence(rule, depth);
            accepted(&match rule {
                "type" => format!("package p; reference a: {sentence};"),
                "value" => format!("package p; test \"t\" {{ given {sentence} }}"),
                "expression" => format!("package p; predicate a() = {sentence};"),
                _ => format!("package p; {sentence}"),
            });
        }
    }
    assert_eq!(deriver.used, terminals(&grammar), "tokens of the sentences, and tokens of the grammar");
}

fn accepted(text: &str) {
    let diagnostics = parse(FileId(0), text).diagnostics;
    assert!(diagnostics.is_empty(), "{text}\n{diagnostics:#?}");
}

/// Whatever the parser accepts in this project is derived from it.
#[test]
fn it_derives_every_policy_of_the_project() {
    let grammar = grammar();
    let (fixed, recogniser) = (terminals(&grammar), Recogniser::new(&grammar));
    let mut texts: Vec<String> = atbac_stdlib::MODULES.iter().map(|module| module.source.to_owned()).collect();
    for folder in ["run", "ui/accepted", "ui/types", "ui/rules", "ui/schema", "ui/names"] {
        let files = with_extension(&data(folder), "atbac").into_iter().flat_map(|path| bundle(&path));
        texts.extend(files.map(|file| file.text).filter(|text| parse(FileId(0), text).diagnostics.is_empty()));
    }
    texts.push(read_text(&repository().join("grammar/tests/policies/every_form.atbac")));
    assert!(texts.len() > 80, "only {} texts were found", texts.len());
    for text in texts {
        let tokens = tokens(&text, &fixed).unwrap_or_else(|rest| panic!("no token begins with: {rest}"));
        if let Err(at) = recogniser.accept(&tokens) {
            panic!("{text}\nends in {:?}", &tokens[at.saturating_sub(10)..tokens.len().min(at + 1)]);
        }
    }
}

/// The recogniser can refuse.
#[test]
fn what_is_no_policy_is_not_derived_from_it() {
    let grammar = grammar();
    let (fixed, recogniser) = (terminals(&grammar), Recogniser::new(&grammar));
    for (text, at) in [
        ("", 0),
        ("permit a for R;", 0),
        ("package p", 2),
        ("package p; permit a for R where x, { }", 12),
        ("package p; predicate a() = b < c < d;", 11),
        ("package p; permit let for R;", 4),
    ] {
        assert_eq!(recogniser.accept(&tokens(text, &fixed).unwrap()), Err(at), "{text}");
    }
}
