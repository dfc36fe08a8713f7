//! `tickmark completions` and `tickmark man`: made from the arguments themselves, so that they never differ.

use super::Terminal;
use super::args::Arguments;
use super::console::outcome;
use super::exit::{Exit, Failure};
use clap::CommandFactory;
use std::path::Path;

/// Runs `tickmark completions SHELL`.
pub(super) fn completions(
    shell: clap_complete::Shell,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tickmark", &mut script);
    terminal
        .console
        .stream(|out| outcome(out.write_all(&script)))?;
    Ok(Exit::Success)
}

/// Runs `tickmark man`: the page of the program, or of every command into a folder.
pub(super) fn pages(folder: Option<&Path>, terminal: &Terminal) -> Result<Exit, Failure> {
    match folder {
        None => {
            let page = clap_mangen::Man::new(Arguments::command());
            terminal
                .console
                .stream(|out| outcome(page.render(&mut &mut *out)))?;
        }
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
                .map_err(|error| Failure::io("write manual pages to", folder, &error))?;
        }
    }
    Ok(Exit::Success)
}
