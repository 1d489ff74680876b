//! The tokens of the language, their human names, and which words are reserved.
//!
//! A token carries no text: its span does. So a token is one byte, and every action that needs the text asks [`crate::actions::Context`].
//!
//! Only the words of [`Token::RESERVED`] begin or join expressions, and only they can never be the name of a declaration or a variable. The
//! words of [`Token::SOFT`] mean something where the grammar expects them and are ordinary names everywhere else. As the name of a field, which
//! always stands after a `.` or before a `:`, every word will do.

use logos::Logos;

macro_rules! tokens {
    (
        reserved { $($reserved:ident = $reserved_text:tt,)* }
        soft { $($soft:ident = $soft_text:tt,)* }
        symbols { $($symbol:ident = $symbol_text:tt,)* }
        slips { $($slip:ident = $slip_text:tt means $meant:ident,)* }
    ) => {
        /// One token.
        #[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[logos(skip r"[ \t\r\n\x0c]+")]
        #[logos(skip("//[^\n]*", priority = 5, allow_greedy = true))]
        #[logos(skip(r"/\*[^*]*\*+([^/*][^*]*\*+)*/"))]
        pub(crate) enum Token {
            $(#[token($reserved_text)] $reserved,)*
            $(#[token($soft_text)] $soft,)*
            $(#[token($symbol_text)] $symbol,)*
            $(#[token($slip_text)] $slip,)*

            /// A word that is neither reserved nor soft.
            #[regex("[A-Za-z_][A-Za-z0-9_]*")]
            Identifier,
            /// A whole number. What only resembles one (`1.5`, `0x1f`, `12abc`) is read as one too, so that one message can say what is wrong.
            #[regex("[0-9][0-9_]*")]
            #[regex(r"[0-9][0-9A-Za-z_]*(\.[0-9][0-9A-Za-z_]*)*", priority = 1)]
            Integer,
            /// `5m`, `1h30m`.
            #[regex("([0-9][0-9_]*(ms|s|m|h|d))+")]
            Duration,
            /// `2026-11-21T00:00:00Z`, `2026-12-31`; so three numbers joined by `-` in this shape are always a date.
            #[regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]*(Z|[+-][0-9]{2}:[0-9]{2})?)?")]
            Instant,
            /// `10.0.0.1`, `10.0.0.0/8`.
            #[regex(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(/[0-9]+)?", priority = 20)]
            Address,
            /// One of the words of [`crate::literal::quoted`] with a quoted text right after it: `hex"a1b2"`.
            #[regex("(hex|sha256|sha384|sha512|ip|cidr|oid|version)\"[^\"\n]*\"")]
            Quoted,
            /// `"text"`.
            #[regex(r#""([^"\\\n]|\\[^\n])*""#)]
            Text,
            /// `/// text`; four slashes make an ordinary comment.
            #[regex("///([^/\n][^\n]*)?", priority = 20, allow_greedy = true)]
            Doc,

            /// `'text'`, which the lexer reports and hands on as [`Token::Text`].
            #[regex("'[^'\n]*'")]
            SingleQuoted,
            /// A string without its closing quote, up to the end of the line.
            #[regex(r#""([^"\\\n]|\\[^\n])*\\?"#)]
            UnterminatedText,
            /// The beginning of a comment without its end; the lexer takes all that is left.
            #[token("/*", |lexer| lexer.bump(lexer.remainder().len()))]
            UnterminatedComment,
            /// What is no token, having been reported: no production has it, and no message is made of it.
            Error,
        }

        impl Token {
            /// The words that begin or join expressions, which are never names of declarations or variables.
            pub(crate) const RESERVED: &[Token] = &[$(Token::$reserved,)*];
            /// The words that are keywords only where the grammar expects them.
            pub(crate) const SOFT: &[Token] = &[$(Token::$soft,)*];
            /// Every mark that is no word.
            const SYMBOLS: &[Token] = &[$(Token::$symbol,)*];

            /// How a token that is always written alike is written.
            pub(crate) fn fixed_text(self) -> Option<&'static str> {
                match self {
                    $(Token::$reserved => Some($reserved_text),)*
                    $(Token::$soft => Some($soft_text),)*
                    $(Token::$symbol => Some($symbol_text),)*
                    $(Token::$slip => Some($slip_text),)*
                    Token::Identifier | Token::Integer | Token::Duration | Token::Instant | Token::Address | Token::Quoted | Token::Text
                    | Token::Doc | Token::SingleQuoted | Token::UnterminatedText | Token::UnterminatedComment | Token::Error => None,
                }
            }

            /// For another language's mark, the token that is meant.
            pub(crate) fn meant(self) -> Option<Token> {
                match self {
                    $(Token::$slip => Some(Token::$meant),)*
                    _ => None,
                }
            }
        }
    };
}

tokens! {
    reserved {
        And = "and",
        Or = "or",
        Not = "not",
        Implies = "implies",
        In = "in",
        Is = "is",
        Matches = "matches",
        StartsWith = "starts_with",
        EndsWith = "ends_with",
        Contains = "contains",
        SubsetOf = "subset_of",
        Any = "any",
        All = "all",
        If = "if",
        Then = "then",
        Else = "else",
        Match = "match",
        True = "true",
        False = "false",
        Tcb = "tcb",
        Permit = "permit",
        Forbid = "forbid",
        For = "for",
        Where = "where",
        Require = "require",
        When = "when",
        Unless = "unless",
        Let = "let",
    }
    soft {
        Package = "package",
        Use = "use",
        Enum = "enum",
        Record = "record",
        Evidence = "evidence",
        Request = "request",
        Grant = "grant",
        Reference = "reference",
        Predicate = "predicate",
        Floor = "floor",
        Template = "template",
        Apply = "apply",
        Test = "test",
        Invariant = "invariant",
        As = "as",
        Session = "session",
        Call = "call",
        Attested = "attested",
        Authenticated = "authenticated",
        Local = "local",
        Asserted = "asserted",
        Bound = "bound",
        To = "to",
        Merge = "merge",
        Reason = "reason",
        Count = "count",
        Distinct = "distinct",
        Given = "given",
        With = "with",
        Case = "case",
        At = "at",
        Expect = "expect",
        Deny = "deny",
        Because = "because",
        By = "by",
        ValidUntil = "valid_until",
    }
    symbols {
        Semicolon = ";",
        Comma = ",",
        Colon = ":",
        Dot = ".",
        Range = "..",
        AtSign = "@",
        Question = "?",
        Bar = "|",
        Equals = "=",
        Arrow = "=>",
        Equal = "==",
        NotEqual = "!=",
        Less = "<",
        LessEqual = "<=",
        Greater = ">",
        GreaterEqual = ">=",
        Plus = "+",
        Minus = "-",
        Star = "*",
        OpenParen = "(",
        CloseParen = ")",
        OpenBracket = "[",
        CloseBracket = "]",
        OpenBrace = "{",
        CloseBrace = "}",
    }
    slips {
        DoubleAmpersand = "&&" means And,
        Ampersand = "&" means And,
        DoubleBar = "||" means Or,
        Exclamation = "!" means Not,
        TripleEqual = "===" means Equal,
        DoubleColon = "::" means Dot,
        ThinArrow = "->" means Arrow,
    }
}

impl Token {
    /// What the token is called in messages: `` `;` `` for what is always written alike, otherwise the kind of thing it is.
    pub(crate) fn human(self) -> String {
        if let Some(text) = self.fixed_text() {
            return format!("`{text}`");
        }
        let kind = match self {
            Token::Identifier => "a name",
            Token::Integer => "a number",
            Token::Duration => "a duration",
            Token::Instant => "an instant",
            Token::Address => "an address",
            Token::Quoted => "a quoted literal",
            Token::Text | Token::SingleQuoted | Token::UnterminatedText => "a string",
            Token::Doc => "a doc comment",
            _ => "something that is no token",
        };
        kind.to_owned()
    }

    /// The token that the grammar file writes as `written`: its text, or for the others the name that stands there.
    pub(crate) fn from_grammar(written: &str) -> Option<Token> {
        let fixed = [Token::RESERVED, Token::SOFT, Token::SYMBOLS].into_iter().flatten();
        let named = [
            (Token::Identifier, "identifier"),
            (Token::Integer, "integer"),
            (Token::Duration, "duration"),
            (Token::Instant, "instant"),
            (Token::Address, "address"),
            (Token::Quoted, "quoted"),
            (Token::Text, "text"),
            (Token::Doc, "doc"),
        ];
        let mut all = fixed.filter_map(|&token| Some((token, token.fixed_text()?))).chain(named);
        all.find(|(_, name)| *name == written).map(|(token, _)| token)
    }

    /// Whether it is a word of any kind: what may be the name of a field.
    pub(crate) fn is_word(self) -> bool {
        self.is_name() || Token::RESERVED.contains(&self)
    }

    /// Whether it may be the name of a declaration or a variable.
    pub(crate) fn is_name(self) -> bool {
        self == Token::Identifier || Token::SOFT.contains(&self)
    }

    /// Whether declarations begin with it.
    pub(crate) fn begins_declaration(self) -> bool {
        use Token::*;
        matches!(
            self,
            Package
                | Use
                | Enum
                | Record
                | Evidence
                | Request
                | Grant
                | Reference
                | Predicate
                | Permit
                | Forbid
                | Floor
                | Template
                | Apply
                | Test
                | Invariant
        )
    }

    /// Whether it compares two values; such operators do not chain.
    pub(crate) fn compares(self) -> bool {
        use Token::*;
        matches!(
            self,
            Equal
                | NotEqual
                | Less
                | LessEqual
                | Greater
                | GreaterEqual
                | In
                | Is
                | Matches
                | StartsWith
                | EndsWith
                | Contains
                | SubsetOf
        )
    }
}
