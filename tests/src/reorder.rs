//! The same policy in another order of writing, which must not change any decision.
//!
//! Files and declarations are reversed. So are, rule by rule, lines and the operands of `and` and `or`, wherever the bundle still compiles: a line that relies on
//! what an earlier one established cannot move before it.

use atbac_compiler::pipeline;
use atbac_engine::SourceFile;
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind, File, Item, ItemKind, Rule, StatementKind};
use std::mem::swap;

/// A bundle in another order, and how many of its rules read otherwise.
pub fn reordered(files: &[SourceFile]) -> (Vec<SourceFile>, usize) {
    let mut trees: Vec<File> =
        files.iter().rev().map(|file| atbac_grammar::parse(FileId(0), &file.text).file).collect();
    for tree in &mut trees {
        tree.items.reverse();
    }
    assert!(compiles(&trees), "declarations may stand in any order");
    let mut changed = 0;
    for file in 0..trees.len() {
        for item in 0..trees[file].items.len() {
            for turn in [reverse_lines, reverse_operands] {
                let before = trees[file].items[item].clone();
                reverse(&mut trees[file].items[item], turn);
                if trees[file].items[item] == before {
                    continue;
                }
                if compiles(&trees) {
                    changed += 1;
                } else {
                    trees[file].items[item] = before;
                }
            }
        }
    }
    (printed(&trees), changed)
}

fn compiles(trees: &[File]) -> bool {
    pipeline::parse(printed(trees)).check().is_ok()
}

fn printed(trees: &[File]) -> Vec<SourceFile> {
    let file = |(at, tree)| SourceFile { name: format!("reordered-{at}.atbac"), text: atbac_grammar::print(tree) };
    trees.iter().enumerate().map(file).collect()
}

fn reverse(item: &mut Item, turn: fn(&mut Rule)) {
    if let ItemKind::Rule(rule) = &mut item.kind {
        turn(rule);
    }
}

fn reverse_lines(rule: &mut Rule) {
    rule.head.reverse();
    rule.body.reverse();
}

fn reverse_operands(rule: &mut Rule) {
    rule.head.iter_mut().for_each(turn_around);
    for statement in &mut rule.body {
        match &mut statement.kind {
            StatementKind::Require { condition, .. }
            | StatementKind::When(condition)
            | StatementKind::Unless(condition) => {
                turn_around(condition);
            }
            StatementKind::Reason(_) | StatementKind::Let(..) | StatementKind::Grant(_) => {}
        }
    }
}

/// Exchanges the operands of every `and` and `or`, and the elements of every set.
fn turn_around(expression: &mut Expr) {
    match &mut expression.value {
        ExprKind::Binary(op, left, right) => {
            if matches!(op.value, BinaryOp::And | BinaryOp::Or) {
                swap(left, right);
            }
            turn_around(left);
            turn_around(right);
        }
        ExprKind::Not(inner) => turn_around(inner),
        ExprKind::Quantifier { condition, .. } => turn_around(condition),
        ExprKind::Count { condition: Some(condition), .. } => turn_around(condition),
        ExprKind::Set(elements) => elements.reverse(),
        _ => {}
    }
}
