//! Finds the checks of the verifiers in a source file, and writes a switch into each.
//!
//! A check is anything whose removal would let more through. Each kind has one way to be taken out:
//!
//! | in the source | taken out |
//! |---|---|
//! | `if CONDITION { … }` | the condition never holds |
//! | `if CONDITION { … } else { Err(…) }` | the condition always holds |
//! | `PATTERN if GUARD => Err(…)` | the guard never holds |
//! | `PATTERN if GUARD => …` | the guard always holds |
//! | `PATTERN => Err(…)` where nothing is answered but good or bad | good |
//! | `check(…)?;` | not called |
//! | `check(…)` at the end of a function that answers good or bad | good |
//! | `A && B` and `A \|\| B` | each part as if it were not there |
//! | `for each in [A, B, C]`, in a name or in a call, where the loop's body checks | each element left out |
//! | `for each in` any other list, where the loop's body checks | the first left out, the others left out |
//! | `A.min(B)` and `A.max(B)` | `A` |
//! | `.any(\|…\| P)`, `find`, `position`, `is_some_and` | `P` never holds |
//! | `.all(\|…\| P)`, `filter`, `is_none_or`, `P.then(…)` | `P` always holds |
//! | the answer of a function that says yes or no | always yes, always no |
//!
//! A check that makes a value (`let key = read(…)?;`) has no switch: nothing goes on without the value.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::source::{Switched, Switches, is_chain, is_of_tests, only_shows};

/// Finds the checks in `source` and gives it back with a switch in each. `first` is the number of the first switch; the rest follow.
///
/// # Errors
/// If the source is not Rust.
pub(crate) fn switched(source: &str, first: usize) -> syn::Result<Switched> {
    let file = syn::parse_file(source)?;
    let mut finder = Finder { switches: Switches::new(source, first), answers: Answers::Value };
    finder.visit_file(&file);
    Ok(finder.switches.written())
}

/// The elements that are left out of a list that is written elsewhere, in code.
const OF_CODE: &[&str] =
    &["first left out", "second left out", "third left out", "fourth left out", "fifth left out", "sixth left out"];

/// The elements that are left out of a list that comes with the evidence.
const OF_EVIDENCE: &[&str] = &["first left out", "others left out"];

/// What the function around a check answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// `Result<(), _>`.
    GoodOrBad,
    /// `bool`.
    YesOrNo,
    /// Anything else.
    Value,
}

struct Finder<'a> {
    switches: Switches<'a>,
    answers: Answers,
}

impl Finder<'_> {
    /// What would answer bad answers good.
    fn good(&mut self, answer: &syn::Expr) {
        let switch = self.switches.number(answer, "good");
        self.switches.enclose(answer.span().byte_range(), format!("if {switch} {{ Ok(()) }} else {{ "), " }");
    }

    /// The value at the end of a function.
    fn end(&mut self, block: &syn::Block) {
        let Some(syn::Stmt::Expr(end, None)) = block.stmts.last() else {
            return;
        };
        match (self.answers, end) {
            (Answers::GoodOrBad, syn::Expr::Match(found)) => {
                for arm in found.arms.iter().filter(|arm| arm.guard.is_none() && is_refusal(&arm.body)) {
                    self.good(&arm.body);
                }
            }
            (Answers::GoodOrBad, syn::Expr::Call(_) | syn::Expr::MethodCall(_)) if !is_call_of("Ok", end) => {
                self.good(end);
            }
            (Answers::YesOrNo, syn::Expr::Match(_) | syn::Expr::If(_) | syn::Expr::Lit(_)) => {}
            (Answers::YesOrNo, _) => {
                self.switches.always(end);
                self.switches.never(end);
            }
            _ => {}
        }
    }

    fn in_function(&mut self, signature: &syn::Signature, visit: impl FnOnce(&mut Self), block: &syn::Block) {
        if signature.constness.is_some() {
            return;
        }
        let around = (std::mem::replace(&mut self.switches.function, signature.ident.to_string()), self.answers);
        self.answers = answers(&signature.output);
        self.end(block);
        visit(self);
        (self.switches.function, self.answers) = around;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_of_tests(module) {
            visit::visit_item_mod(self, module);
        }
    }

    /// How things are shown decides nothing.
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !only_shows(item) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.in_function(&function.sig, |finder| visit::visit_item_fn(finder, function), &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.in_function(&function.sig, |finder| visit::visit_impl_item_fn(finder, function), &function.block);
    }

    // What is computed at compile time has no switches.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}

    fn visit_expr_if(&mut self, found: &'ast syn::ExprIf) {
        let otherwise_refused = found.else_branch.as_ref().is_some_and(|(_, branch)| is_refusal(branch));
        if otherwise_refused {
            self.switches.always(&found.cond);
        } else {
            self.switches.never(&found.cond);
        }
        visit::visit_expr_if(self, found);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let Some((_, guard)) = &arm.guard {
            if is_refusal(&arm.body) {
                self.switches.never(guard);
            } else {
                self.switches.always(guard);
            }
        }
        visit::visit_arm(self, arm);
    }

    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        if let syn::Stmt::Expr(syn::Expr::Try(_), Some(_)) = statement {
            let switch = self.switches.number(statement, "not called");
            self.switches.enclose(statement.span().byte_range(), format!("if !{switch} {{ "), " }");
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr_binary(&mut self, found: &'ast syn::ExprBinary) {
        for part in [&found.left, &found.right] {
            match found.op {
                syn::BinOp::And(_) if !is_chain(part) => self.switches.always(part),
                syn::BinOp::Or(_) if !is_chain(part) => self.switches.never(part),
                _ => {}
            }
        }
        visit::visit_expr_binary(self, found);
    }

    fn visit_expr_for_loop(&mut self, found: &'ast syn::ExprForLoop) {
        let first = self.switches.next();
        let supposed = match &*found.expr {
            syn::Expr::Path(_) | syn::Expr::Call(_) => OF_CODE,
            _ => OF_EVIDENCE,
        };
        match &*found.expr {
            syn::Expr::Array(array) => {
                for element in &array.elems {
                    self.switches.number(element, "left out");
                }
            }
            elements if may_refuse(&found.body) => {
                for effect in supposed {
                    self.switches.number(elements, effect);
                    self.switches.checks.last_mut().into_iter().for_each(|check| check.supposed = true);
                }
            }
            _ => {}
        }
        let after = self.switches.next();
        if first < after {
            self.switches.enclose(found.pat.span().byte_range(), "(element, ".into(), ")");
            self.switches.enclose(found.expr.span().byte_range(), format!("({first}usize..).zip("), ")");
            let body = found.body.brace_token.span.open().byte_range().end;
            // The last switch is that of all further elements.
            self.switches.insert(body, format!(" if crate::switch(element.min({})) {{ continue; }}", after - 1), false);
        }
        visit::visit_expr_for_loop(self, found);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let receiver = call.receiver.span().byte_range();
        match (call.method.to_string().as_str(), call.args.first()) {
            ("min" | "max", Some(_)) => {
                let switch = self.switches.number(call, "the first");
                self.switches.enclose(call.span().byte_range(), "({ let it = ".into(), " } })");
                self.switches.insert(receiver.end, format!("; if {switch} {{ it }} else {{ it"), true);
            }
            ("then" | "then_some", Some(_)) => self.switches.always(&call.receiver),
            ("any" | "find" | "position" | "is_some_and", Some(syn::Expr::Closure(closure))) => {
                self.switches.never(&closure.body);
            }
            ("all" | "filter" | "is_none_or", Some(syn::Expr::Closure(closure))) => self.switches.always(&closure.body),
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }
}

fn answers(output: &syn::ReturnType) -> Answers {
    let syn::ReturnType::Type(_, output) = output else {
        return Answers::Value;
    };
    let syn::Type::Path(path) = &**output else {
        return Answers::Value;
    };
    let Some(last) = path.path.segments.last() else {
        return Answers::Value;
    };
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) if last.ident == "Result" => match arguments.args.first() {
            Some(syn::GenericArgument::Type(syn::Type::Tuple(tuple))) if tuple.elems.is_empty() => Answers::GoodOrBad,
            _ => Answers::Value,
        },
        syn::PathArguments::None if last.ident == "bool" => Answers::YesOrNo,
        _ => Answers::Value,
    }
}

/// Whether an expression answers bad and nothing else.
fn is_refusal(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Return(found) => found.expr.as_deref().is_some_and(is_refusal),
        syn::Expr::Block(found) => match found.block.stmts.last() {
            Some(syn::Stmt::Expr(last, _)) => is_refusal(last),
            _ => false,
        },
        other => is_call_of("Err", other),
    }
}

/// Whether a loop's body has a way out that answers bad.
fn may_refuse(body: &syn::Block) -> bool {
    struct Ways(bool);
    impl Visit<'_> for Ways {
        fn visit_expr_try(&mut self, _: &syn::ExprTry) {
            self.0 = true;
        }
        fn visit_expr_return(&mut self, found: &syn::ExprReturn) {
            self.0 |= found.expr.as_deref().is_some_and(is_refusal);
        }
    }
    let mut ways = Ways(false);
    ways.visit_block(body);
    ways.0
}

fn is_call_of(name: &str, expression: &syn::Expr) -> bool {
    let syn::Expr::Call(call) = expression else {
        return false;
    };
    matches!(&*call.func, syn::Expr::Path(path) if path.path.is_ident(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source with its switches, and what each takes out.
    fn switched_in(source: &str) -> (String, Vec<String>) {
        let (written, checks) = switched(source, 7).unwrap_or_else(|error| panic!("{source}: {error}"));
        syn::parse_file(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
        (written, checks.iter().map(|check| format!("{}: {}", check.effect, check.source)).collect())
    }

    #[test]
    fn each_kind_of_check_is_found_and_taken_out_in_its_way() {
        let good_or_bad = |body: &str| switched_in(&format!("fn f() -> Result<(), E> {{ {body} }}"));
        let (written, checks) = good_or_bad("if a || b == c { return Err(E); } Ok(())");
        assert_eq!(checks, ["never: a || b == c", "never: a", "never: b == c"]);
        assert!(written.contains(
            "if (!crate::switch(7) && ((!crate::switch(8) && (a)) || (!crate::switch(9) && (b == c)))) { return"
        ));

        let (written, checks) = good_or_bad("check(x)?; last(y)");
        assert_eq!(checks, ["good: last(y)", "not called: check(x)?;"]);
        assert!(
            written.contains("if !crate::switch(8) { check(x)?; } if crate::switch(7) { Ok(()) } else { last(y) }")
        );

        let (_, checks) = good_or_bad("match x { Some(y) if y > 1 => Err(E), Some(0) => Err(F), _ => Ok(()) }");
        assert_eq!(checks, ["good: Err(F)", "never: y > 1"]);

        let (written, checks) = good_or_bad("for z in [p, q] { check(z)?; } Ok(())");
        assert_eq!(checks, ["left out: p", "left out: q", "not called: check(z)?;"]);
        assert!(
            written.contains(
                "for (element, z) in (7usize..).zip([p, q]) { if crate::switch(element.min(8)) { continue; }"
            )
        );

        let (written, checks) = switched_in("fn f() -> T { a.min(b).max(c) }");
        assert_eq!(checks, ["the first: a.min(b).max(c)", "the first: a.min(b)"]);
        assert!(written.contains("({ let it = ({ let it = a; if crate::switch(8) { it } else { it.min(b) } });"));

        let (_, checks) = switched_in("fn f() -> bool { all(x) && y.iter().any(|z| z.bad()) }");
        assert_eq!(checks[2..], ["always: all(x)", "always: y.iter().any(|z| z.bad())", "never: z.bad()"]);
    }

    #[test]
    fn what_is_no_check_has_no_switch() {
        for source in [
            "const fn f() -> bool { true && false }",
            "#[cfg(test)] mod tests { fn f() -> bool { g() } }",
            "impl Display for T { fn fmt(&self) -> Result<(), E> { g()?; h() } }",
            "fn f() -> Result<T, E> { let x = g()?; Ok(x) }",
        ] {
            assert_eq!(switched_in(source).1, [""; 0], "{source}");
        }
    }
}
