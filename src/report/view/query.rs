//! A command that lists what a control's selector reaches, and why that may be more than is in scope.

use crate::assess::PopulationStatement;
use crate::jsonpath::Selection;
use crate::report::text;

/// A command that lists what `selector` reaches. A string may stand in either kind of quotes in a JSONPath; the
/// double ones need no escape in a shell's single ones.
pub(super) fn query_command(selector: &str) -> String {
    let selector = if selector.contains(['"', '\\']) {
        selector.to_owned()
    } else {
        selector.replace('\'', "\"")
    };
    text::line(&format!(
        "tickmark datasets query SNAPSHOT {}",
        text::shell_word(&selector)
    ))
}

/// What the command of [`query_command`] gives beside the number in scope. A selector does not hold the conditions of
/// `where` and the exclusions; the ledger lists the selector's own conditions first.
pub(super) fn query_note(population: &PopulationStatement) -> String {
    let own = Selection::parse(&population.selector)
        .ok()
        .and_then(|selection| selection.filter().map(|filter| filter.conjuncts().len()))
        .unwrap_or(0)
        .min(population.outside.len());
    let (own, beyond) = population.outside.split_at(own);
    let outside: u64 = own.iter().map(|line| line.records).sum();
    let many = text::line(&population.noun.1);
    let reached = format!(
        "It lists {}{}",
        if population.undecided > 0 {
            "at most "
        } else {
            ""
        },
        text::counted(
            population.fetched.saturating_sub(outside),
            &text::line(&population.noun.0),
            &many
        )
    );
    let in_scope = text::number(population.in_scope);
    let left_out: Vec<String> = beyond
        .iter()
        .map(|line| format!("not: {}", text::flowing(&line.label)))
        .chain(
            population
                .excluded
                .iter()
                .map(|line| format!("excluded: {}", text::flowing(&line.label))),
        )
        .zip(beyond.iter().chain(&population.excluded))
        .filter(|(_, line)| line.records > 0)
        .map(|(label, line)| format!("{label} ({})", text::number(line.records)))
        .collect();
    if left_out.is_empty() {
        format!("{reached}; {in_scope} in scope.")
    } else {
        format!(
            "{reached}. That is wider than the {in_scope} in scope: a selector does not hold these conditions, by which the control leaves out more: {}.",
            left_out.join("; ")
        )
    }
}
