//! The tutorial, followed to the letter: every file is written, every command run, and every output compared.
//!
//! In `docs/tutorial.md`, a comment before a block of policy or JSON says what becomes of it: `file` writes it, `append` adds it to a file, `below the last "…"` puts it
//! below the last line with that text, `part of` says that it stands there already. In blocks of `console`, a line after `$` is a command and the lines below it are what it prints.

use crate::support::{folder, root};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A block between fences: what the comment before it says, its kind, its text.
struct Block {
    line: usize,
    remark: Option<(String, String)>,
    kind: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut remark = None;
    let mut lines = page.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if let Some(said) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) {
            let (word, path) = said.split_once(": ").unwrap();
            remark = Some((word.to_owned(), path.to_owned()));
        } else if let Some(kind) = line.strip_prefix("```") {
            let inside = lines.by_ref().map(|(line, _)| line).take_while(|line| *line != "```");
            let text: String = inside.map(|line| format!("{line}\n")).collect();
            blocks.push(Block { line: number, remark: remark.take(), kind: kind.to_owned(), text });
        }
    }
    blocks
}

/// What a command prints, both streams as a terminal would show them.
fn printed(command: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_atbac")).parent().unwrap();
    let mut path = OsString::from(binary);
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_file_command_and_output() {
    let page = fs::read_to_string(root().join("docs/tutorial.md")).unwrap();
    let folder = folder("tutorial");
    let (mut commands, mut files) = (0, 0);
    for Block { line, remark, kind, text } in blocks(&page) {
        match (kind.as_str(), remark) {
            ("console", None) => {
                for step in format!("\n{text}").split("\n$ ").skip(1) {
                    let (command, expected) = step.split_once('\n').unwrap_or((step, ""));
                    let found = printed(command, &folder);
                    assert_eq!(found.trim_end(), expected.trim_end(), "docs/tutorial.md:{line}: `{command}`");
                    commands += 1;
                }
            }
            ("atbac" | "json", Some((word, path))) => {
                let path = folder.join(path);
                match word.as_str() {
                    "file" => fs::write(&path, text).unwrap(),
                    "append" => {
                        let before = fs::read_to_string(&path).unwrap();
                        fs::write(&path, format!("{before}\n{text}")).unwrap();
                    }
                    "part of" => {
                        let whole = fs::read_to_string(&path).unwrap();
                        assert!(whole.contains(&text), "docs/tutorial.md:{line}: not in {}:\n{text}", path.display());
                    }
                    below => {
                        let pattern = below.strip_prefix("below the last \"").and_then(|rest| rest.strip_suffix('"'));
                        let whole = fs::read_to_string(&path).unwrap();
                        let at = whole.rfind(pattern.unwrap()).unwrap();
                        let end = at + whole[at..].find('\n').unwrap() + 1;
                        fs::write(&path, format!("{}{text}{}", &whole[..end], &whole[end..])).unwrap();
                    }
                }
                files += 1;
            }
            // How to install is another machine's.
            ("text", None) => {}
            (kind, remark) => panic!("docs/tutorial.md:{line}: a block of `{kind}` with {remark:?}"),
        }
    }
    assert!(commands > 10 && files > 5, "{commands} commands, {files} files");
}
