//! Where lines come from: an editor with history at a terminal, else standard input as it is.

use crate::failure::Failure;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// The longest line that is read, in bytes: 1 MiB.
const LONGEST: u64 = 1024 * 1024;

/// The lines of a session.
pub(super) enum Lines {
    /// Typed by a person.
    Editor(Box<DefaultEditor>, Option<PathBuf>),
    /// Read from a pipe or a file.
    Input(io::StdinLock<'static>),
}

impl Lines {
    /// An editor where standard input and output are terminals, and one can be had.
    pub(super) fn open() -> Self {
        let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        match is_terminal.then(DefaultEditor::new) {
            Some(Ok(mut editor)) => {
                let history = history();
                // The first time there is none.
                let _ = history.as_ref().map(|path| editor.load_history(path));
                Lines::Editor(Box::new(editor), history)
            }
            Some(Err(_)) | None => Lines::Input(io::stdin().lock()),
        }
    }

    /// Whether a person types them.
    pub(super) fn is_interactive(&self) -> bool {
        match self {
            Lines::Editor(..) => true,
            Lines::Input(_) => false,
        }
    }

    /// The next line, or why it is none: it is too long, or no text. `None` at the end.
    ///
    /// # Errors
    /// [`Failure`] when nothing more can be read.
    pub(super) fn next(&mut self) -> Result<Option<Result<String, Failure>>, Failure> {
        match self {
            Lines::Editor(editor, _) => loop {
                match editor.readline("atbac> ") {
                    Ok(line) => {
                        let _ = editor.add_history_entry(&line);
                        return Ok(Some(Ok(line)));
                    }
                    // Ctrl-C gives up a line, not the session.
                    Err(ReadlineError::Interrupted) => {}
                    Err(ReadlineError::Eof) => return Ok(None),
                    Err(ReadlineError::Io(error)) => return Err(unreadable(&error)),
                    Err(error) => return Err(unreadable(&io::Error::other(error))),
                }
            },
            Lines::Input(input) => {
                let mut line = Vec::new();
                input.take(LONGEST + 1).read_until(b'\n', &mut line).map_err(|error| unreadable(&error))?;
                if line.len() as u64 > LONGEST {
                    input.skip_until(b'\n').map_err(|error| unreadable(&error))?;
                    return Ok(Some(Err(Failure::usage(format!(
                        "a line has more than {LONGEST} bytes: it is left out"
                    )))));
                }
                let text = |line| {
                    String::from_utf8(line).map_err(|error| {
                        let at = error.utf8_error().valid_up_to() + 1;
                        Failure::usage(format!("a line is no text: it is not UTF-8 from byte {at} on, and is left out"))
                    })
                };
                Ok((!line.is_empty()).then(|| text(line)))
            }
        }
    }

    /// Keeps the history, where there is one.
    pub(super) fn close(&mut self) {
        if let Lines::Editor(editor, Some(path)) = self {
            // What cannot be kept is lost, and nothing else.
            let _ = path.parent().map(fs::create_dir_all);
            let _ = editor.save_history(path);
        }
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::read(Path::new("standard input"), error)
}

/// Where the history lies (XDG Base Directory Specification, `XDG_STATE_HOME`).
fn history() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(state.join("atbac/history"))
}
