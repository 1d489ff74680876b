//! What a line means.

use crate::failure::Failure;
use crate::instant;
use jiff::Timestamp;
use std::path::PathBuf;

/// What `:help` says.
pub(super) const HELP: &str = "\
EXPRESSION          its value and its type: `principal.vmpl`, `age(principal) <= 5m`, `snp.hardened(principal)`
:type EXPRESSION    its type alone
:load PATH…         other policies in the place of these; without a path, the same again
:evidence FILE      open a session with the evidence in a file, as for `atbac decide`
:call FILE          take the call in a file, a JSON object; or `:call { … }`
:references FILE    put reference values in force
:at TIME            decide at this time, RFC 3339 or `now`
:decide             the decision of the call
:explain            the same, told rule by rule
:help               this
:quit               the end (or Ctrl-D)
";

/// A line, understood.
pub(super) enum Command {
    Expression(String),
    Type(String),
    Load(Vec<PathBuf>),
    Evidence(PathBuf),
    Call(PathBuf),
    /// A call that is written out.
    CallOf(String),
    References(PathBuf),
    At(Timestamp),
    Decide,
    Explain,
    Help,
    Quit,
}

impl Command {
    /// Understands a line; `None` where nothing is on it.
    ///
    /// # Errors
    /// [`Failure`] for a command that there is not, or that lacks what it is about.
    pub(super) fn parse(line: &str) -> Result<Option<Self>, Failure> {
        let line = line.trim();
        let Some(command) = line.strip_prefix(':') else {
            let is_remark = line.is_empty() || line.starts_with("//");
            return Ok((!is_remark).then(|| Command::Expression(line.to_owned())));
        };
        let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        let file = |what: &str| match rest {
            "" => Err(Failure::usage(format!("`:{word}` takes {what}: `:help` shows how"))),
            file => Ok(PathBuf::from(file)),
        };
        Ok(Some(match word {
            "type" => match rest {
                "" => return Err(Failure::usage("`:type` takes an expression: `:type principal.vmpl`")),
                expression => Command::Type(expression.to_owned()),
            },
            "load" => Command::Load(rest.split_whitespace().map(PathBuf::from).collect()),
            "evidence" => Command::Evidence(file("a session file")?),
            "call" if rest.starts_with('{') => Command::CallOf(rest.to_owned()),
            "call" => Command::Call(file("the file of a call, or a JSON object")?),
            "references" => Command::References(file("a file of reference values")?),
            "at" => Command::At(instant::argument(rest).map_err(|error| Failure::usage(format!("`:at`: {error}")))?),
            "decide" => Command::Decide,
            "explain" => Command::Explain,
            "help" => Command::Help,
            "quit" => Command::Quit,
            other => return Err(Failure::usage(format!("there is no command `:{other}`: `:help` shows all"))),
        }))
    }
}
