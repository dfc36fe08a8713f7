//! The command that makes the assessment again.

use crate::assess::Assessment;
use crate::catalog;
use crate::import::review::REVIEW_SHEETS;
use crate::report::{ReportOptions, text};
use crate::snapshot::InputStatement;

/// The command that makes the assessment again, as a shell reads it.
pub(super) fn assess_command(
    assessment: &Assessment,
    options: &ReportOptions,
    parameters: &[String],
    owners: Owners,
) -> String {
    let mut words = vec!["tickmark assess SNAPSHOT".to_owned()];
    for path in &options.controls {
        words.push("--controls".to_owned());
        words.push(text::shell_word(&path.to_string_lossy()));
    }
    if let Some(profile) = &assessment.profile {
        words.push("--profile".to_owned());
        words.push(text::shell_word(&profile.reference));
    }
    if !assessment.attestations.is_empty() {
        words.push("--attestations ATTESTATIONS".to_owned());
    }
    for (name, used) in &assessment.inputs {
        if let Some(statement) = &used.statement {
            // What reviews decided is kept in a folder of its own.
            if statement.source.as_deref() == Some(REVIEW_SHEETS) {
                words.push("--reviews REVIEWS".to_owned());
                continue;
            }
            words.push("--input".to_owned());
            words.push(input_argument(name, statement, owners));
        }
    }
    for parameter in parameters {
        words.push("--parameter".to_owned());
        words.push(text::shell_word(parameter));
    }
    if let Some(plan) = assessment.organization_plan {
        words.push(format!("--plan {}", plan.word()));
    }
    words.push(format!("--as-of {}", assessment.as_of));
    words.push(format!(
        "--format {}",
        text::shell_word(&format!("json={}", options.assessment_file))
    ));
    text::line(&words.join(" "))
}

/// Whether a command names the owners of lists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owners {
    Named,
    LeftOut,
}

/// What gives a list on the command line: its file, and every fact that decides or is stated.
fn input_argument(name: &str, statement: &InputStatement, owners: Owners) -> String {
    let name = name.strip_prefix(catalog::INPUTS).unwrap_or(name);
    let mut argument = format!("{name}={}", statement.file);
    let facts = [
        (
            "owner",
            statement.owner.clone().map(|owner| match owners {
                Owners::Named => owner,
                Owners::LeftOut => "…".to_owned(),
            }),
        ),
        ("source", statement.source.clone()),
        (
            "extracted_on",
            statement.extracted_on.map(|day| day.to_string()),
        ),
        (
            "max_age",
            statement.max_age_days.map(|days| format!("{days}d")),
        ),
        (
            "extent",
            (!statement.is_whole).then(|| "partial".to_owned()),
        ),
    ];
    for (key, value) in facts {
        if let Some(value) = value {
            argument.push_str(&format!(",{key}={value}"));
        }
    }
    text::shell_word(&text::line(&argument))
}

/// Every value that somebody gave, as `--parameter` reads it: `control.name=VALUE`.
pub(super) fn given_parameters(assessment: &Assessment) -> Vec<String> {
    assessment
        .controls
        .iter()
        .flat_map(|control| {
            control
                .parameters
                .iter()
                .map(move |parameter| (&control.id, parameter))
        })
        .filter(|(_, parameter)| {
            // What the profile gives comes with `--profile`.
            let is_given = !matches!(&*parameter.origin, "default" | "unset")
                && !parameter.origin.starts_with("profile ");
            is_given && !parameter.value.is_null()
        })
        .map(|(id, parameter)| {
            format!(
                "{id}.{}={}",
                parameter.name,
                text::visible_yaml(&parameter.value)
            )
        })
        .collect()
}
