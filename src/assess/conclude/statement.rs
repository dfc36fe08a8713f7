//! What an assessment says of a control besides its conclusion: its population, its datasets, its texts.

use crate::assess::check::Context;
use crate::assess::coverage;
use crate::assess::subject;
use crate::assess::tally::Tally;
use crate::assess::{
    ControlAssessment, ControlSource, DatasetUse, Entries, Evaluated, Finding, FrequencyStatement,
    LedgerLine, LeftOut, Mapping, Note, Observation, Outcome, ParameterStatement, PassingSubject,
    PopulationStatement, ProfileSource, ProfileStatement, QuestionStatement, Reason,
    SeverityChange,
};
use crate::catalog::DatasetRef;
use crate::control::{EvidenceFile, Text};
use crate::plan::{Bound, PlannedControl, Population, Requirement};
use crate::profile::Statement;
use crate::snapshot::{Completeness, DatasetStatement, Manifest};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Fields that subjects lack for want of an export, each with the number of subjects.
pub(super) fn awaited(
    evaluated: Evaluated<'_>,
    tally: &mut Tally,
    context: Context<'_>,
) -> Vec<Reason> {
    let fields = context.awaited.fields(&evaluated.population.dataset);
    let reasons = tally.reasons.so_far().iter();
    reasons
        .filter(|(reason, _)| subject::is_of(&fields, reason))
        .map(|(reason, subjects)| reason.clone().about_subjects(*subjects))
        .collect()
}

pub(super) fn unset_parameters(control: &PlannedControl) -> Vec<Reason> {
    control
        .parameters
        .iter()
        .filter(|parameter| parameter.value.is_none())
        .map(|parameter| Reason::ParameterUnset {
            parameter: parameter.name.clone(),
            about: parameter.about.clone(),
        })
        .collect()
}

/// What the manifest says of `dataset`.
pub(super) fn of_dataset<'m>(
    manifest: &'m Manifest,
    dataset: &DatasetRef,
) -> Option<&'m DatasetStatement> {
    manifest.datasets.get(dataset.name())
}

/// Datasets of a period that is shorter than what the control asks about.
pub(super) fn too_short<'c>(
    control: &'c PlannedControl,
    manifest: &'c Manifest,
    context: Context<'c>,
) -> impl Iterator<Item = Reason> + 'c {
    let population = control
        .population
        .iter()
        .map(|population| (population, &control.exclusions[..]));
    let sets = control
        .sets
        .iter()
        .map(move |set| (&context.plan.sets[set.0].population, &[][..]));
    let span = match control.requirement {
        Requirement::Frequency { within, .. } => within,
        _ => None,
    };
    let reason = |population: &Population, detail| Reason::DatasetNotWhole {
        dataset: population.dataset.name().to_owned(),
        state: "too short".to_owned(),
        detail,
    };
    let counted = control.population.iter().filter_map(move |population| {
        let period = of_dataset(manifest, &population.dataset)?.period.as_ref()?;
        let exclusions = &control.exclusions;
        let detail = coverage::does_not_hold(span?, population, exclusions, period, context)?;
        Some(reason(population, detail))
    });
    population
        .chain(sets)
        .filter_map(move |(population, exclusions)| {
            let period = of_dataset(manifest, &population.dataset)?.period.as_ref()?;
            let detail = coverage::beyond(population, exclusions, period, context)?;
            Some(reason(population, detail))
        })
        .chain(counted)
}

pub(super) fn datasets_used(
    evaluated: Evaluated<'_>,
    manifest: &Manifest,
    context: Context<'_>,
) -> Vec<DatasetUse> {
    let control = evaluated.control;
    let population = (
        &evaluated.population.dataset,
        "population".to_owned(),
        control.fields_of_subjects(),
    );
    let sets = control.sets.iter().map(|set| {
        let set = &context.plan.sets[set.0];
        let used_as = format!("set {}", set.name);
        (&set.population.dataset, used_as, set.fields_read())
    });
    std::iter::once(population)
        .chain(sets)
        .map(|(dataset, used_as, fields)| {
            let found = of_dataset(manifest, dataset);
            DatasetUse {
                dataset: dataset.name().to_owned(),
                used_as,
                completeness: found.map_or(Completeness::NotRequested, |found| {
                    found.completeness.clone()
                }),
                records: found.map_or(0, |found| found.records),
                sha256: found.map_or_else(String::new, |found| found.sha256.clone()),
                sources: sources_of(dataset, &fields, manifest, context),
            }
        })
        .collect()
}

/// Sources of `fields` of `dataset` that were collected or given and still count, in the order of the catalog.
fn sources_of(
    dataset: &DatasetRef,
    fields: &BTreeSet<String>,
    manifest: &Manifest,
    context: Context<'_>,
) -> Vec<String> {
    let DatasetRef::Known(dataset) = dataset else {
        return Vec::new();
    };
    let statements = || manifest.datasets.values().flat_map(|found| &found.sources);
    let mut sources: Vec<String> = Vec::new();
    let read = dataset.fields.iter();
    for field in read.filter(|field| fields.contains(field.name)) {
        for source in field.sources {
            let is_requested = || statements().any(|statement| statement.source == *source);
            let is_given = || {
                let why = context.stale.why(source, dataset.name, field.name);
                context.awaited.given.contains(source) && why.is_none()
            };
            let is_known = sources.iter().any(|known| known == source);
            if !is_known && (is_requested() || is_given()) {
                sources.push((*source).to_owned());
            }
        }
    }
    sources
}

/// What a profile did, as an assessment states it.
pub(in crate::assess) fn profile_statement(profile: &Statement) -> ProfileStatement {
    ProfileStatement {
        name: profile.name.clone(),
        reference: profile.reference.clone(),
        sources: profile
            .sources
            .iter()
            .map(|source| ProfileSource {
                name: source.name.clone(),
                file: source.file.clone(),
                sha256: source.sha256.clone(),
            })
            .collect(),
        left_out: profile
            .left_out
            .iter()
            .map(|left_out| LeftOut {
                id: left_out.control.to_string(),
                code: left_out.code.clone(),
                title: left_out.title.clone(),
                severity: left_out.severity,
                reason: left_out.reason.clone(),
                origin: left_out.origin.clone(),
            })
            .collect(),
    }
}

pub(super) fn of_population(
    evaluated: Evaluated<'_>,
    tally: &Tally,
    manifest: &Manifest,
) -> PopulationStatement {
    let Evaluated {
        control,
        population,
    } = evaluated;
    let dataset = &population.dataset;
    let found = of_dataset(manifest, dataset);
    let ledger = |labels: Vec<String>, counts: &[u64]| -> Vec<LedgerLine> {
        labels
            .into_iter()
            .zip(counts)
            .map(|(label, records)| LedgerLine {
                label,
                records: *records,
            })
            .collect()
    };
    PopulationStatement {
        dataset: dataset.name().to_owned(),
        noun: (dataset.noun().0.to_owned(), dataset.noun().1.to_owned()),
        selector: population.selector.clone(),
        fetched: tally.fetched,
        api_count: found.and_then(|found| found.api_count),
        completeness: found.map_or(Completeness::NotRequested, |found| {
            found.completeness.clone()
        }),
        period: found.and_then(|found| Some(found.period.as_ref()?.period.clone())),
        outside: ledger(
            population
                .parts
                .iter()
                .map(|part| part.label.clone())
                .collect(),
            &tally.outside,
        ),
        excluded: ledger(
            control
                .exclusions
                .iter()
                .map(|exclusion| exclusion.reason.clone())
                .collect(),
            &tally.excluded,
        ),
        in_scope: tally.sure + tally.undecided,
        undecided: tally.undecided,
        pass: tally.pass,
        fail: tally.fail,
        unknown: tally.unknown,
        error: 0,
        counted: tally.counted,
        missing: 0,
        frequency: frequency(control, tally),
    }
}

/// How often each value happened, of a control that asks for that.
fn frequency(control: &PlannedControl, tally: &Tally) -> Option<FrequencyStatement> {
    let Requirement::Frequency {
        per,
        within: Some(within),
        at_most,
        ..
    } = &control.requirement
    else {
        return None;
    };
    let length = SignedDuration::from_hours(within.hours().into());
    let groups = tally.groups.values();
    let counts: Vec<u64> = groups.map(|group| group.most_within(length).0).collect();
    let at_most = match at_most {
        Bound::Number(number) => Some(*number),
        Bound::Unset { .. } => None,
    };
    let is_too_many = |count: &&u64| at_most.is_some_and(|most| **count > most);
    Some(FrequencyStatement {
        per: per.text.clone(),
        within: within.in_words(),
        at_most,
        values: counts.len() as u64,
        most: counts.iter().copied().max().unwrap_or(0),
        too_many: counts.iter().filter(is_too_many).count() as u64,
    })
}

/// What texts name as `population.<count>`: [`POPULATION_COUNTS`](crate::control::POPULATION_COUNTS).
pub(super) fn counts(population: &PopulationStatement) -> Value {
    let sum = |lines: &[LedgerLine]| lines.iter().map(|line| line.records).sum::<u64>();
    let excluded = sum(&population.excluded);
    json!({
        "fetched": population.fetched,
        "selected": population.in_scope + excluded,
        "outside": sum(&population.outside),
        "excluded": excluded,
        "in_scope": population.in_scope,
        "pass": population.pass,
        "fail": population.fail,
        "unknown": population.unknown,
        "error": population.error,
    })
}

/// What an assessment of one control is put together from, besides the control.
pub(super) struct Parts {
    pub(super) outcome: Outcome,
    pub(super) reasons: Vec<Reason>,
    pub(super) notes: Vec<Note>,
    pub(super) population: Option<PopulationStatement>,
    pub(super) datasets: Vec<DatasetUse>,
    pub(super) findings: Entries<Finding>,
    pub(super) observations: Entries<Observation>,
    pub(super) passing_sample: Vec<(String, String)>,
}

pub(super) fn assessment_of(
    planned: &PlannedControl,
    parts: Parts,
    counted: Value,
    context: Context<'_>,
) -> ControlAssessment {
    let Parts {
        outcome,
        reasons,
        notes,
        population,
        datasets,
        findings,
        observations,
        passing_sample,
    } = parts;
    let control = &planned.control;
    let mut values = planned.text_values();
    values.insert("population".to_owned(), counted);
    let values = Value::Object(values);
    // A text was checked when it was read: it names nothing that is not here.
    let render = |text: &Text| {
        text.render(&values)
            .unwrap_or_else(|error| error.to_string())
    };
    let profile = context.plan.profile.as_ref();
    let note = profile.and_then(|profile| profile.notes.get(&control.id));
    ControlAssessment {
        id: control.id.to_string(),
        code: control.code.clone(),
        title: render(&control.title),
        severity: control.severity,
        severity_change: note.and_then(|note| note.severity.as_ref()).map(|change| {
            SeverityChange {
                from: change.from,
                reason: change.reason.clone(),
                origin: change.origin.clone(),
            }
        }),
        owner: note
            .and_then(|note| note.owner.clone())
            .or_else(|| control.owner.clone()),
        due_on: note.and_then(|note| note.due_on),
        tags: control.tags.clone(),
        requires_plan: control.requires_plan,
        revision: control.revision,
        question: match &planned.requirement {
            Requirement::Attest(question) => Some(QuestionStatement {
                text: question.text.clone(),
                guide: question.guide.clone(),
                expected: question.expected,
                file_required: question.file == EvidenceFile::Required,
                minutes: question.minutes,
            }),
            _ => None,
        },
        outcome,
        reasons,
        notes,
        rationale: render(&control.rationale),
        procedure: planned.procedure(context.as_of),
        not_tested: render(&control.not_tested),
        remediation: render(&control.remediation),
        check_yourself: render(&control.check_yourself),
        references: control.references.clone(),
        maps_to: control
            .maps_to
            .iter()
            .map(|(framework, criteria)| {
                let mappings = criteria
                    .iter()
                    .map(|criterion| Mapping {
                        id: criterion.id.clone(),
                        strength: criterion.strength,
                        note: criterion.note.clone(),
                    })
                    .collect();
                (framework.clone(), mappings)
            })
            .collect(),
        parameters: planned
            .parameters
            .iter()
            .map(|parameter| ParameterStatement {
                name: parameter.name.clone(),
                about: parameter.about.clone(),
                value: parameter.value.clone().unwrap_or(Value::Null),
                default: parameter.default.clone().unwrap_or(Value::Null),
                origin: parameter.origin.clone(),
                weaker: parameter.is_weaker,
                why: parameter.why.clone(),
            })
            .collect(),
        population,
        datasets,
        findings,
        observations,
        passing_sample: passing_sample
            .into_iter()
            .map(|(subject, label)| PassingSubject { subject, label })
            .collect(),
        source: ControlSource {
            file: control.source.file.clone(),
            first_line: control.source.first_line,
            last_line: control.source.last_line,
            sha256: control.source.sha256.clone(),
        },
    }
}
