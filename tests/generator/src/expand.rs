//! Templates written out by hand: each application becomes the rules it stands for, with the arguments in the parameters' places.

use crate::walk::parts_mut;
use atbac_grammar::syntax::{Expr, ExprKind, File, Item, ItemKind, Rule, StatementKind};
use std::collections::HashMap;

/// The files with every application of a template of the same bundle written out, and how many applications there were.
pub fn written_out(mut files: Vec<File>) -> (Vec<File>, usize) {
    let mut templates = HashMap::new();
    for file in &mut files {
        file.items.retain(|item| match &item.kind {
            ItemKind::Template(template) => {
                templates.insert(template.name.value.clone(), template.clone());
                false
            }
            _ => true,
        });
    }
    let mut applications = 0;
    for file in &mut files {
        let mut items = Vec::new();
        for item in std::mem::take(&mut file.items) {
            let ItemKind::Apply(apply) = &item.kind else {
                items.push(item);
                continue;
            };
            let Some(template) = templates.get(&apply.template.value) else { continue };
            applications += 1;
            let names = template.parameters.iter().map(|parameter| parameter.name.value.to_string());
            let arguments: HashMap<String, Expr> = names.zip(apply.arguments.iter().cloned()).collect();
            items.extend(template.items.iter().map(|item| applied(item.clone(), &apply.name.value, &arguments)));
        }
        file.items = items;
    }
    (files, applications)
}

fn applied(mut item: Item, name: &str, arguments: &HashMap<String, Expr>) -> Item {
    if let ItemKind::Rule(rule) = &mut item.kind {
        rule.name.value = format!("{name}_{}", rule.name.value).into();
        conditions(rule).for_each(|condition| substitute(condition, arguments));
    }
    item
}

/// Every expression of a rule.
fn conditions(rule: &mut Rule) -> impl Iterator<Item = &mut Expr> {
    let of_body = rule.body.iter_mut().flat_map(|statement| match &mut statement.kind {
        StatementKind::Require { condition, .. }
        | StatementKind::When(condition)
        | StatementKind::Unless(condition)
        | StatementKind::Let(_, condition) => vec![condition],
        StatementKind::Grant(fields) => fields.iter_mut().map(|field| &mut field.value).collect(),
        StatementKind::Reason(_) => Vec::new(),
    });
    rule.head.iter_mut().chain(of_body)
}

fn substitute(expression: &mut Expr, arguments: &HashMap<String, Expr>) {
    if let ExprKind::Name(name) = &expression.value
        && let Some(argument) = arguments.get(name.as_str())
    {
        *expression = argument.clone();
        return;
    }
    for part in parts_mut(expression) {
        substitute(part, arguments);
    }
}
