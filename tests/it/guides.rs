//! The guides in `docs`: whoever follows them gets what they say.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};

/// What stands for lines that a guide leaves out.
const LEFT_OUT: &str = "…";

/// One thing to do.
#[derive(Debug)]
enum Step {
    /// Copy a folder of the project.
    Copy { folder: String },
    /// Save this text under this name.
    Write { name: String, text: String },
    /// Add this text at the end of a file.
    Append { name: String, text: String },
    /// Type this command, see these lines.
    Run { command: String, seen: Vec<String> },
}

fn guide(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The steps of a guide: `console` blocks, blocks after `<!-- file: NAME -->` or `<!-- append: NAME -->`, and
/// `<!-- copy: FOLDER -->`.
fn steps(guide: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = guide.lines();
    let mut target: Option<(&str, &str)> = None;
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix("<!-- ") {
            target = comment.trim_end_matches(" -->").split_once(": ");
        }
        if let Some(("copy", folder)) = target {
            target = None;
            let folder = folder.to_owned();
            steps.push(Step::Copy { folder });
        }
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text = block.join("\n") + "\n";
        match (language, target.take()) {
            ("console", None) => steps.extend(commands(&block)),
            (_, Some(("file", name))) => steps.push(Step::Write {
                name: name.to_owned(),
                text,
            }),
            (_, Some(("append", name))) => steps.push(Step::Append {
                name: name.to_owned(),
                text,
            }),
            (_, Some((word, _))) => panic!("a guide cannot say `{word}`"),
            (_, None) => {}
        }
    }
    steps
}

/// The commands of a `console` block, each with the lines below it.
fn commands(block: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    for line in block {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step::Run {
                command: command.to_owned(),
                seen: Vec::new(),
            }),
            (None, Some(Step::Run { seen, .. })) => seen.push((*line).to_owned()),
            (None, _) => panic!("a console block starts with a command: {line}"),
        }
    }
    steps
}

/// The words of a command as a shell splits them; double quotes hold a word together.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in command.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            other => words.last_mut().expect("there is a first word").push(other),
        }
    }
    words
}

/// What a terminal shows of the command, and its exit code below if it is not 0.
fn shown(folder: &Path, command: &str) -> String {
    let words = words(command);
    assert_eq!(words[0], "tickmark", "guides run nothing else: {command}");
    // Both streams into one file, so that they mix as on a terminal.
    let mut screen = tempfile::tempfile().expect("a file");
    let stream = |screen: &File| Stdio::from(screen.try_clone().expect("a second handle"));
    let status = Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(&words[1..])
        .current_dir(folder)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(stream(&screen))
        .stderr(stream(&screen))
        .status()
        .expect("the program starts");
    let mut text = String::new();
    screen.rewind().expect("it is a file");
    screen
        .read_to_string(&mut text)
        .expect("the program writes UTF-8");
    if !status.success() {
        text.push_str(&format!(
            "[exit code {}]\n",
            status.code().expect("it was not killed")
        ));
    }
    text
}

/// Whether `text` is what a guide shows, where [`LEFT_OUT`] stands for any lines.
fn is_shown(text: &str, seen: &[String]) -> Result<(), String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut at = 0;
    let mut may_skip = false;
    for line in seen {
        if line == LEFT_OUT {
            may_skip = true;
            continue;
        }
        let found = lines[at..].iter().position(|shown| shown == line);
        match found {
            Some(0) => at += 1,
            Some(skipped) if may_skip => at += skipped + 1,
            _ => return Err(format!("`{line}` is not shown where the guide says")),
        }
        may_skip = false;
    }
    if at < lines.len() && !may_skip {
        return Err(format!("`{}` is shown besides", lines[at]));
    }
    Ok(())
}

/// Copies everything in `from` into `to`.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry of a folder just opened").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder can be made");
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}

/// Follows a guide in an empty folder; the number of commands that it has.
fn follow(name: &str) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command_count = 0;
    for step in steps(&guide(name)) {
        match step {
            Step::Copy { folder: from } => {
                let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
                copy(&from, folder.path());
            }
            Step::Write { name, text } => {
                let path = folder.path().join(name);
                let parent = path.parent().expect("a file stands in a folder");
                fs::create_dir_all(parent).expect("a folder can be made");
                fs::write(path, text).expect("a file can be written");
            }
            Step::Append { name, text } => {
                let path = folder.path().join(name);
                let before = fs::read_to_string(&path).expect("it was written before");
                fs::write(path, before + &text).expect("a file can be written");
            }
            Step::Run { command, seen } => {
                command_count += 1;
                let text = shown(folder.path(), &command);
                if let Err(problem) = is_shown(&text, &seen) {
                    panic!("{name}: {problem}\n$ {command}\n{text}");
                }
            }
        }
    }
    command_count
}

#[test]
fn a_newcomer_who_follows_the_page_gets_what_it_says() {
    assert!(follow("write-your-first-control.md") >= 8);
}

#[test]
fn who_copies_the_example_gets_what_the_page_says() {
    assert!(follow("profiles-and-lists.md") >= 6);
}

#[test]
fn what_the_page_on_editors_shows_is_so() {
    assert_eq!(follow("editors.md"), 1);
}

#[test]
fn lines_that_differ_from_a_guide_are_found() {
    let seen = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    let text = "one\ntwo  \nthree\n";
    for good in [
        &["one", "two", "three"][..],
        &["…", "three"],
        &["one", "…"],
        &["…", "two", "…"],
    ] {
        assert_eq!(is_shown(text, &seen(good)), Ok(()), "{good:?}");
    }
    for bad in [
        &["one", "three"][..],
        &["two", "…"],
        &["one", "two"],
        &["…", "two"],
        &["…", "four", "…"],
    ] {
        assert!(is_shown(text, &seen(bad)).is_err(), "{bad:?}");
    }
}
