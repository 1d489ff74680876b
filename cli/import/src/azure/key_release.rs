//! Release policies of Azure Key Vault and Managed HSM: for which tokens of which providers a key is released.
//!
//! A policy is `anyOf` authorities, each with `allOf` or `anyOf` conditions, which may hold each other. A condition on a claim that is absent fails.
//!
//! Source: Microsoft, "Azure Key Vault secure key release policy grammar", version 1.0.0.

use super::claims::{self, Literal};
use super::{declare, with_form};
use crate::claims::Comparison;
use crate::condition::{Condition, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Line, Names, Package, Rule, excerpt};
use crate::yaml::{self, Node, Value};
use crate::{Refusal, Source};
use atbac_grammar::print_text;

pub(crate) fn read(source: &Source, findings: &mut Findings) -> Result<Package, Refusal> {
    let root = yaml::json(source)?;
    let other =
        |found: &str| Refusal::Other { file: source.name.clone(), expected: "release policy", found: found.to_owned() };
    match root.get("version").map(|version| (version.text(), version)) {
        Some((Some("1.0.0"), _)) => {}
        Some((_, version)) => {
            return Err(other(&format!("its version is {}, and `1.0.0` is the one there is", version.described())));
        }
        None => return Err(other("it has no `version`, and `1.0.0` is the one there is")),
    }
    let Some(authorities) = member(&root, "anyof").and_then(Node::list) else {
        return Err(other("it has no list `anyOf` of authorities"));
    };
    if root.entries().iter().filter(|(key, _)| key.eq_ignore_ascii_case("anyof")).count() > 1 {
        return Err(other("it has two lists `anyOf` of authorities, and which one counts is not known"));
    }
    for (key, node) in root.entries() {
        if key != "version" && !key.eq_ignore_ascii_case("anyof") {
            return Err(other(&format!(
                "it has `{}` in line {}, which the grammar does not",
                excerpt(key),
                node.place.line
            )));
        }
    }
    let mut package =
        Package::new(format!("For which tokens a key is released, imported from `{}`.", source.name), "authenticated");
    declare(&mut package, "Whoever shows this token asks for the key.");
    let mut names = Names::default();
    for authority in authorities {
        let rule = Rule {
            purpose: Use::Permit,
            name: names.give("release"),
            request: "Release",
            docs: String::new(),
            place: authority.place.clone(),
            head: Vec::new(),
            lines: lines(authority, findings),
            reason: String::new(),
        };
        package.rules.push(rule);
    }
    Ok(package)
}

/// What an authority's tokens must fulfil.
fn lines(authority: &Node, findings: &mut Findings) -> Vec<Line> {
    let issuer = match authority.get("authority").map(|node| (node.text(), node)) {
        Some((Some(issuer), node)) => Line {
            condition: Condition::atom(format!("token.issuer == {}", print_text(issuer))),
            sentence: format!("not a token of {}", excerpt(issuer)),
            place: node.place.clone(),
        },
        Some((None, node)) => unknown(node, "`authority` is no text", findings),
        None => unknown(authority, "there is no `authority`", findings),
    };
    let mut lines = Vec::new();
    for (key, node) in authority.entries() {
        match key.to_ascii_lowercase().as_str() {
            "authority" if key == "authority" => {}
            "allof" => match parts(node) {
                Some(parts) => lines.extend(parts.iter().map(|part| line(part, findings))),
                None => lines.push(unknown(node, "`allOf` is no list of conditions, or an empty one", findings)),
            },
            "anyof" => lines.push(Line {
                condition: any(node, findings),
                sentence: "none of the alternatives holds".to_owned(),
                place: node.place.clone(),
            }),
            _ => lines.push(unknown(node, &format!("`{}` is no part of an authority", excerpt(key)), findings)),
        }
    }
    if lines.is_empty() {
        lines.push(unknown(authority, "an authority without conditions", findings));
    }
    std::iter::once(issuer).chain(with_form(lines)).collect()
}

fn line(node: &Node, findings: &mut Findings) -> Line {
    Line { condition: condition(node, findings), sentence: sentence(node), place: node.place.clone() }
}

fn sentence(node: &Node) -> String {
    match (node.get("claim").and_then(Node::text), node.entries().iter().find(|(key, _)| operator(key).is_some())) {
        (Some(claim), Some((operator, value))) => {
            format!("the claim `{}` is not as required: {operator} {}", excerpt(claim), value.described())
        }
        _ => "a condition does not hold".to_owned(),
    }
}

fn condition(node: &Node, findings: &mut Findings) -> Condition {
    let keys: Vec<String> = node.entries().iter().map(|(key, _)| key.to_ascii_lowercase()).collect();
    match (&keys[..], node.entries()) {
        ([key], [(_, inner)]) if key == "allof" => match parts(inner) {
            Some(parts) => Condition::All(parts.iter().map(|part| condition(part, findings)).collect()),
            None => unknown(inner, "`allOf` is no list of conditions, or an empty one", findings).condition,
        },
        ([key], [(_, inner)]) if key == "anyof" => any(inner, findings),
        ([_, _], _) => claim(node, findings),
        _ => {
            unknown(node, "this is no condition: a claim with one operator, `allOf` or `anyOf` is", findings).condition
        }
    }
}

fn any(node: &Node, findings: &mut Findings) -> Condition {
    match parts(node) {
        Some(parts) => Condition::Any(parts.iter().map(|part| condition(part, findings)).collect()),
        None => unknown(node, "`anyOf` is no list of conditions, or an empty one", findings).condition,
    }
}

/// The conditions of a list. What an empty one means, the grammar does not say.
fn parts(node: &Node) -> Option<&[Node]> {
    node.list().filter(|parts| !parts.is_empty())
}

/// How a claim is asked about.
enum Operator {
    Compare(Comparison),
    Exists,
}

fn operator(key: &str) -> Option<Operator> {
    Some(match key {
        "equals" => Operator::Compare(Comparison::Equal),
        "notEquals" => Operator::Compare(Comparison::Unequal),
        "less" => Operator::Compare(Comparison::Less),
        "lessOrEquals" => Operator::Compare(Comparison::AtMost),
        "greater" => Operator::Compare(Comparison::Greater),
        "greaterOrEquals" => Operator::Compare(Comparison::AtLeast),
        "exists" => Operator::Exists,
        _ => return None,
    })
}

fn claim(node: &Node, findings: &mut Findings) -> Condition {
    let name = node.get("claim").and_then(Node::text);
    let asked = node.entries().iter().find_map(|(key, value)| operator(key).map(|operator| (operator, value)));
    let (Some(name), Some((operator, value))) = (name, asked) else {
        return unknown(node, "this is no condition: a claim with one operator, `allOf` or `anyOf` is", findings)
            .condition;
    };
    let Some(found) = claims::find(name, &node.place, findings) else { return Condition::Unknown };
    let literal = match &value.value {
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(number) => Literal::Int(*number),
        Value::Text(text) => Literal::Text(text.clone()),
        Value::Null | Value::List(_) | Value::Map(_) => {
            return unknown(value, "a claim is compared with a text, a number or a truth", findings).condition;
        }
    };
    match (operator, literal) {
        (Operator::Compare(comparison), literal) => found.compared(comparison, &literal, &value.place, findings),
        (Operator::Exists, Literal::Bool(wanted)) => found.present(wanted),
        (Operator::Exists, Literal::Int(_) | Literal::Text(_)) => {
            unknown(value, "`exists` is `true` or `false`", findings).condition
        }
    }
}

/// The value of a key, however it is capitalised: Microsoft's grammar and its examples differ.
fn member<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    node.entries().iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, node)| node)
}

fn unknown(node: &Node, found: &str, findings: &mut Findings) -> Line {
    let place: &Place = &node.place;
    findings.add(
        Code::Form,
        Some(place),
        format!("{found}; what needs it is left out"),
        "follow Microsoft's grammar of release policies",
    );
    Line { condition: Condition::Unknown, sentence: String::new(), place: place.clone() }
}
