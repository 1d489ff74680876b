//! A large file in two steps: first what it declares, then its rules, one at a time.
//!
//! Most of a large bundle is rules, and the tree of a rule takes several times as much memory as its text. Whoever looks at each rule once need not have the
//! trees of all: [`outline`] reads a file and of each rule its heading only, and [`Rules`] reads a rule when it is asked for.

use crate::actions::Declaration;
use crate::file::{arrange, require_package};
use crate::findings::Findings;
use crate::layout::Layout;
use crate::lexer::{self, Lexeme};
use crate::parser;
use crate::span::{FileId, MAX_FILE_BYTES};
use crate::syntax::{File, Item};
use crate::token::Token;
use std::ops::Range;
use std::sync::Arc;

/// How many bytes a file has that is worth two steps. What people write by hand has less, and is read again at every keystroke, mistakes and all.
const LEAST_BYTES: usize = 64 * 1024;

/// The rules of a file that were left for later.
pub struct Rules {
    file: FileId,
    text: Arc<str>,
    /// The tokens of all rules.
    lexemes: Vec<Lexeme>,
    /// For each of the file's declarations where its tokens are, if it is a rule.
    places: Vec<Range<usize>>,
}

impl Rules {
    /// The file.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole of the rule that is this one among the file's declarations; `None` if there are errors in it.
    pub fn read(&self, at: usize) -> Option<Item> {
        let lexemes = self.lexemes.get(self.places.get(at)?.clone())?;
        match parser::well_formed(self.file, &self.text, lexemes)? {
            Declaration::Item(item) => Some(*item),
            Declaration::Package(..) | Declaration::Use(_) => None,
        }
    }
}

/// The tree of a large file, in which each rule has its attributes, its name and its request, and neither docs, head nor body; and what reads the rules. `None`
/// for a file that is better read at once by [`crate::parse()`]: it is small, or there are errors in it.
pub fn outline(file: FileId, text: &Arc<str>) -> Option<(File, Rules)> {
    if !(LEAST_BYTES..=MAX_FILE_BYTES).contains(&text.len()) {
        return None;
    }
    let mut findings = Findings::default();
    let mut lexemes = lexer::lex(file, text, &mut findings);
    let layout = Layout::new(text, &lexemes);
    let (mut declarations, mut places, mut at) = (Vec::new(), Vec::new(), 0);
    while at < lexemes.len() {
        let end = layout.declaration_end(at);
        let (declaration, left) = match heading(&layout, at..end) {
            Some(heading) => (parser::well_formed(file, text, &heading)?, at..end),
            None => (parser::well_formed(file, text, &lexemes[at..end])?, at..at),
        };
        if matches!(declaration, Declaration::Item(_)) {
            places.push(left);
        }
        declarations.push(declaration);
        at = end;
    }
    let mut tree = File { package: None, uses: Vec::new(), items: Vec::new() };
    arrange(&mut tree, declarations, &mut findings);
    require_package(file, &tree, &lexemes, &mut findings);
    keep(&mut lexemes, &mut places);
    let rules = Rules { file, text: Arc::clone(text), lexemes, places };
    (findings.count() == 0).then_some((tree, rules))
}

/// Leaves out the tokens that are in none of these places.
fn keep(lexemes: &mut Vec<Lexeme>, places: &mut [Range<usize>]) {
    let mut kept = 0;
    for place in places {
        let end = kept + place.len();
        lexemes.copy_within(place.clone(), kept);
        *place = kept..end;
        kept = end;
    }
    lexemes.truncate(kept);
    lexemes.shrink_to_fit();
}

/// The tokens of a rule as if it had no docs, no head and no body: `permit name for Request;`. It ends where the rule ends. `None` for any other declaration.
fn heading(layout: &Layout<'_>, declaration: Range<usize>) -> Option<Vec<Lexeme>> {
    let keyword = layout.keyword(declaration.start);
    if !matches!(layout.token(keyword), Some(Token::Permit | Token::Forbid)) {
        return None;
    }
    let lexemes = &layout.lexemes()[declaration.start..declaration.end];
    // The keyword, the name, `for` and the request.
    let heading = lexemes.get(..keyword - declaration.start + 4)?;
    let end = Lexeme { token: Token::Semicolon, ..*lexemes.last()? };
    Some(heading.iter().filter(|lexeme| lexeme.token != Token::Doc).copied().chain([end]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use crate::syntax::ItemKind;

    const FILE: FileId = FileId(3);

    fn large(text: &str) -> Arc<str> {
        let rule = "/// Who may.\n@owner(\"a\")\npermit some for R where x in { 1, 2 } { require y else \"no\"; }\n";
        format!("package p;\nuse q.R;\n{}{text}{}", rule.repeat(500), rule.repeat(500)).into()
    }

    /// In two steps comes the same as at once, and the outline says where it stands.
    #[test]
    fn two_steps_read_what_one_does() {
        let text = large("enum E { a }\nforbid none for R;\npredicate p() = true;\npermit one for R where x == 1;\n");
        let whole = parse(FILE, &text);
        assert!(whole.diagnostics.is_empty(), "{:?}", whole.diagnostics);
        let (outline, rules) = outline(FILE, &text).unwrap();
        assert_eq!((&outline.package, &outline.uses), (&whole.file.package, &whole.file.uses));
        assert_eq!(outline.items.len(), 1_004);
        assert_eq!(whole.file.items.len(), 1_004);
        for (at, (item, whole)) in outline.items.iter().zip(&whole.file.items).enumerate() {
            match (&item.kind, &whole.kind) {
                (ItemKind::Rule(rule), ItemKind::Rule(written)) => {
                    assert_eq!((item.span, &item.attributes), (whole.span, &whole.attributes));
                    assert_eq!(
                        (&rule.name, &rule.request, &rule.effect),
                        (&written.name, &written.request, &written.effect)
                    );
                    assert!(item.docs.is_empty() && rule.head.is_empty() && rule.body.is_empty());
                    assert_eq!(rules.read(at).as_ref(), Some(whole));
                }
                _ => assert_eq!(item, whole),
            }
        }
        assert_eq!(rules.read(1_004), None);
    }

    #[test]
    fn small_files_and_those_with_errors_are_read_at_once() {
        assert!(outline(FILE, &"package p;".into()).is_none());
        for slip in ["permit a R;\n", "@ permit a for R;\n", "enum { }\n", "package p;\n", "“\n", "}\n"] {
            let text = large(slip);
            assert!(!parse(FILE, &text).diagnostics.is_empty(), "{slip}");
            assert!(outline(FILE, &text).is_none(), "{slip}");
        }
    }

    /// An error in what is left for later is found when it is read.
    #[test]
    fn a_rule_with_errors_is_none() {
        let deep = format!("permit a for R {{ require {}x{}; }}\n", "(".repeat(200), ")".repeat(200));
        for slip in
            ["permit a for R\n", "permit a for R { require; }\n", "permit a for R { require \"\\x\" == x; }\n", &deep]
        {
            let text = large(slip);
            assert!(!parse(FILE, &text).diagnostics.is_empty(), "{slip}");
            let (_, rules) = outline(FILE, &text).unwrap();
            assert!(rules.read(499).is_some() && rules.read(500).is_none() && rules.read(501).is_some(), "{slip}");
        }
    }
}
