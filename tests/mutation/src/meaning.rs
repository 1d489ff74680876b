//! Finds what gives policies their meaning in a source file of the compiler, and writes a switch into each place that changes it.
//!
//! A compiler decides at every turn, not in checks alone. So more is changed than is taken out:
//!
//! | in the source | changed |
//! |---|---|
//! | `if CONDITION` | never, always |
//! | `if let PATTERN = …` | never |
//! | `PATTERN if GUARD =>` | the guard never holds, always |
//! | `A && B`, `A \|\| B` | each part as if it were not there |
//! | `A == B`, `A != B`, `matches!(…)`, `a.is_empty()` and its like | the other answer |
//! | `A < B`, `<=`, `>`, `>=` | the other answer; the equal case to the other side |
//! | `A + 1`, `A - 1` | the other of both |
//! | `true`, `false` | the other |
//! | `check(…)?;` | not called |
//! | `PATTERN => RESULT`, where no pattern binds a name | the result of the arm after it |
//! | `.any(\|…\| P)`, `all`, `filter` and their like | `P` never holds, always |
//! | `A.min(B)` and `A.max(B)` | `A` |
//! | the answer of a function that says yes or no | always yes, always no |
//!
//! What is computed at compile time, macros other than `matches!`, and how things are shown have no switches.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::source::{Switched, Switches, binds, is_chain, is_of_tests, only_shows, says_yes_or_no};

/// Methods that say yes or no.
const QUESTIONS: &[&str] =
    &["is_empty", "is_some", "is_none", "is_ok", "is_err", "contains", "contains_key", "starts_with", "ends_with"];

/// Methods whose closure says yes or no.
const ASKING: &[&str] = &[
    "any",
    "all",
    "filter",
    "find",
    "position",
    "is_some_and",
    "is_none_or",
    "retain",
    "take_while",
    "skip_while",
    "partition",
];

/// Finds what can be changed in `source` and gives it back with a switch in each place. `first` is the number of the first switch; the rest follow.
///
/// # Errors
/// If the source is not Rust.
pub(crate) fn switched(source: &str, first: usize) -> syn::Result<Switched> {
    let file = syn::parse_file(source)?;
    let mut finder = Finder(Switches::new(source, first));
    finder.visit_file(&file);
    Ok(finder.0.written())
}

struct Finder<'a>(Switches<'a>);

impl Finder<'_> {
    /// An answer becomes the other.
    fn negated(&mut self, answer: &syn::Expr) {
        let switch = self.0.number(answer, "negated");
        self.0.enclose(answer.span().byte_range(), "((".into(), &format!(") != {switch})"));
    }

    /// An expression becomes another, as it is written in the source.
    fn replaced(&mut self, expression: &syn::Expr, other: &str, effect: &'static str) {
        let switch = self.0.number(expression, effect);
        self.0.enclose(expression.span().byte_range(), format!("(if {switch} {{ {other} }} else {{ "), " })");
    }

    fn in_function(&mut self, signature: &syn::Signature, block: &syn::Block, visit: impl FnOnce(&mut Self)) {
        if signature.constness.is_some() {
            return;
        }
        let around = std::mem::replace(&mut self.0.function, signature.ident.to_string());
        if let Some(syn::Stmt::Expr(end, None)) = block.stmts.last()
            && says_yes_or_no(&signature.output)
            && !matches!(end, syn::Expr::Match(_) | syn::Expr::If(_) | syn::Expr::Lit(_) | syn::Expr::Macro(_))
        {
            self.0.always(end);
            self.0.never(end);
        }
        visit(self);
        self.0.function = around;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_of_tests(module) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !only_shows(item) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.in_function(&function.sig, &function.block, |finder| visit::visit_item_fn(finder, function));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.in_function(&function.sig, &function.block, |finder| visit::visit_impl_item_fn(finder, function));
    }

    // What is computed at compile time has no switches.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_generic_argument(&mut self, _: &'ast syn::GenericArgument) {}
    fn visit_expr_repeat(&mut self, found: &'ast syn::ExprRepeat) {
        self.visit_expr(&found.expr);
    }

    fn visit_expr_if(&mut self, found: &'ast syn::ExprIf) {
        self.0.never(&found.cond);
        self.0.always(&found.cond);
        visit::visit_expr_if(self, found);
    }

    fn visit_expr_match(&mut self, found: &'ast syn::ExprMatch) {
        for pair in found.arms.windows(2) {
            let [arm, next] = pair else { continue };
            if [arm, next].iter().all(|arm| arm.guard.is_none() && !names_anything(&arm.pat)) {
                let other = self.0.text(&next.body);
                if other != self.0.text(&arm.body) {
                    let switch = self.0.number(&arm.body, "as the next arm");
                    // A block needs no comma behind it, what stands in parentheses does.
                    let after = if arm.comma.is_some() { " })" } else { " })," };
                    self.0.enclose(arm.body.span().byte_range(), format!("(if {switch} {{ {other} }} else {{ "), after);
                }
            }
        }
        visit::visit_expr_match(self, found);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let Some((_, guard)) = &arm.guard {
            self.0.never(guard);
            self.0.always(guard);
        }
        visit::visit_arm(self, arm);
    }

    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        if let syn::Stmt::Expr(syn::Expr::Try(_), Some(_)) = statement {
            let switch = self.0.number(statement, "not called");
            self.0.enclose(statement.span().byte_range(), format!("if !{switch} {{ "), " }");
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, found: &'ast syn::Expr) {
        match found {
            syn::Expr::Lit(literal) if matches!(literal.lit, syn::Lit::Bool(_)) => self.negated(found),
            syn::Expr::Macro(called) if called.mac.path.is_ident("matches") => self.negated(found),
            syn::Expr::MethodCall(call) if QUESTIONS.iter().any(|name| call.method == name) && says(call) => {
                self.negated(found);
            }
            syn::Expr::Binary(binary) if !binds(found) => {
                let (left, right) = (self.0.text(&binary.left), self.0.text(&binary.right));
                let is_number =
                    matches!(&*binary.right, syn::Expr::Lit(literal) if matches!(literal.lit, syn::Lit::Int(_)));
                match binary.op {
                    syn::BinOp::Eq(_) | syn::BinOp::Ne(_) => self.negated(found),
                    syn::BinOp::Lt(_) => self.compared(found, left, "<=", right),
                    syn::BinOp::Le(_) => self.compared(found, left, "<", right),
                    syn::BinOp::Gt(_) => self.compared(found, left, ">=", right),
                    syn::BinOp::Ge(_) => self.compared(found, left, ">", right),
                    syn::BinOp::Add(_) if is_number => self.replaced(found, &format!("({left}) - {right}"), "minus"),
                    syn::BinOp::Sub(_) if is_number => self.replaced(found, &format!("({left}) + {right}"), "plus"),
                    _ => {}
                }
            }
            _ => {}
        }
        visit::visit_expr(self, found);
    }

    fn visit_expr_binary(&mut self, found: &'ast syn::ExprBinary) {
        for part in [&found.left, &found.right] {
            match found.op {
                syn::BinOp::And(_) if !is_chain(part) => self.0.always(part),
                syn::BinOp::Or(_) if !is_chain(part) => self.0.never(part),
                _ => {}
            }
        }
        visit::visit_expr_binary(self, found);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        match (call.method.to_string().as_str(), call.args.first()) {
            ("min" | "max", Some(_)) => {
                let receiver = call.receiver.span().byte_range();
                let switch = self.0.number(call, "the first");
                self.0.enclose(call.span().byte_range(), "({ let it = ".into(), " } })");
                self.0.insert(receiver.end, format!("; if {switch} {{ it }} else {{ it"), true);
            }
            (method, Some(syn::Expr::Closure(closure))) if ASKING.contains(&method) => {
                self.0.never(&closure.body);
                self.0.always(&closure.body);
            }
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }
}

impl Finder<'_> {
    fn compared(&mut self, found: &syn::Expr, left: &str, other: &str, right: &str) {
        self.negated(found);
        self.replaced(found, &format!("({left}) {other} ({right})"), "the equal case otherwise");
    }
}

/// Whether a method of that name takes as much as the one that says yes or no: others of the name put something somewhere.
fn says(call: &syn::ExprMethodCall) -> bool {
    match call.method.to_string().as_str() {
        "is_empty" | "is_some" | "is_none" | "is_ok" | "is_err" => call.args.is_empty(),
        _ => call.args.len() == 1,
    }
}

/// Whether a pattern names a part of what it matches.
fn names_anything(pattern: &syn::Pat) -> bool {
    struct Names(bool);
    impl Visit<'_> for Names {
        fn visit_pat_ident(&mut self, found: &syn::PatIdent) {
            self.0 |= found.ident.to_string().starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        }
    }
    let mut names = Names(false);
    names.visit_pat(pattern);
    names.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is changed in a source, which stays one.
    fn changed_in(source: &str) -> Vec<String> {
        let (written, checks) = switched(source, 7).unwrap_or_else(|error| panic!("{source}: {error}"));
        syn::parse_file(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
        checks.iter().map(|check| format!("{}: {}", check.effect, check.source)).collect()
    }

    #[test]
    fn each_kind_of_turn_is_changed_in_its_way() {
        let never_always = |condition: &str| [format!("never: {condition}"), format!("always: {condition}")];
        let [never, always] = never_always("a < 1");
        let comparison = ["negated: a < 1", "the equal case otherwise: a < 1"].map(str::to_owned);
        let expected = [[never, always], comparison].concat();
        assert_eq!(changed_in("fn f() -> u32 { if a < 1 { return 2; } 3 }"), expected);
        assert_eq!(changed_in("fn f() -> u32 { g()?; n + 1 }"), ["not called: g()?;", "minus: n + 1"]);
        assert_eq!(changed_in("fn f() -> u32 { if let Some(x) = y { 1 } else { 2 } }"), ["never: let Some(x) = y"]);
        assert_eq!(changed_in("fn f() -> bool { p }"), ["always: p", "never: p"]);
        assert_eq!(changed_in("fn f() -> T { x.iter().any(|y| p) }"), never_always("p"));
        assert_eq!(
            changed_in("fn f() -> T { match x { A => 1, B => { 2 } C(n) if n => 3, _ => { 4 } } }"),
            ["as the next arm: 1", "never: n", "always: n"]
        );
        assert_eq!(
            changed_in("fn f() -> T { g(true, x.is_empty(), matches!(x, A), y.max(z)) }"),
            ["negated: true", "negated: x.is_empty()", "negated: matches!(x, A)", "the first: y.max(z)"]
        );
    }

    #[test]
    fn what_is_computed_when_compiled_or_only_shown_has_no_switch() {
        for source in [
            "const fn f() -> bool { a == b }",
            "const A: bool = 1 == 2;",
            "fn f(x: [u8; 1 + 1]) -> [u8; 2 - 1] { g::<{ 1 + 1 }>() }",
            "impl Debug for T { fn fmt(&self) -> Result<(), E> { g()?; h() } }",
            "#[cfg(test)] mod tests { fn f() -> bool { g() } }",
        ] {
            assert_eq!(changed_in(source), [""; 0], "{source}");
        }
    }
}
