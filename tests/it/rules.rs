//! The five rules on records of the sandbox organisation, with evidence taken away at random.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value};
use tickmark::assess::{
    AssessOptions, Assessment, ControlAssessment, Finding, Outcome, Spill, assess, assess_spilling,
};
use tickmark::catalog::{self, DATASETS, Dataset};
use tickmark::plan::Plan;
use tickmark::snapshot::{
    AnswerStatement, Completeness, CutReason, InputStatement, Manifest, MemorySource, NO_INPUTS,
    Provenance, RecordSource, SnapshotError,
};

use crate::organization::{as_of, snapshot, stable_options, world};
use crate::truth::{plan, reconciled};

/// An organisation, read once: its plan, what its snapshot states, and its records.
struct Organization {
    plan: Plan,
    manifest: Manifest,
    /// Lines by dataset, ascending by id.
    lines: BTreeMap<&'static str, Vec<String>>,
}

static ORGANIZATION: LazyLock<Organization> = LazyLock::new(|| {
    let world = world(60, 5);
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(&world, stable_options(), &dir.path().join("snapshot"));
    let mut lines = BTreeMap::new();
    let mut text = String::new();
    for dataset in DATASETS {
        let of_dataset: &mut Vec<String> = lines.entry(dataset.name).or_default();
        for frame in 0..snapshot.frame_count(dataset.name) {
            snapshot
                .read_frame(dataset.name, frame, &mut text)
                .expect("a frame just written");
            of_dataset.extend(text.lines().map(str::to_owned));
        }
    }
    Organization {
        plan: plan(&world),
        manifest: snapshot.manifest().clone(),
        lines,
    }
});

impl Organization {
    fn records(&self, dataset: &Dataset) -> Vec<Value> {
        let lines = self.lines[dataset.name].iter();
        lines
            .map(|line| serde_json::from_str(line).expect("a canonical line is JSON"))
            .collect()
    }

    /// The organisation in memory, after `change` had its way with the records of each dataset.
    fn changed(&self, mut change: impl FnMut(&'static Dataset, &mut Vec<Value>)) -> MemorySource {
        let mut source = MemorySource::new(as_of());
        for dataset in DATASETS {
            let mut records = self.records(dataset);
            change(dataset, &mut records);
            source.set_records(dataset, &records);
        }
        source
    }

    fn assess(&self, source: &dyn RecordSource) -> Assessment {
        assess(&self.plan, source, AssessOptions::default()).expect("records of a snapshot")
    }
}

/// What the organisation comes to with all its evidence.
static WHOLE: LazyLock<Assessment> = LazyLock::new(|| {
    let source = ORGANIZATION.changed(|_, _| {});
    ORGANIZATION.assess(&source)
});

fn findings(control: &ControlAssessment) -> &[Finding] {
    control
        .findings
        .held()
        .expect("nobody asked to put anything aside")
}

fn failing(control: &ControlAssessment) -> BTreeSet<&str> {
    findings(control)
        .iter()
        .filter(|finding| finding.outcome == Outcome::Fail)
        .map(|finding| finding.subject.as_str())
        .collect()
}

/// Rules 1, 2 and 5 after evidence was taken away from the whole organisation.
fn check_loss(after: &Assessment) {
    for (control, whole) in after.controls.iter().zip(&WHOLE.controls) {
        let id = &control.id;
        let settles = matches!(control.outcome, Outcome::Pass | Outcome::NotApplicable);
        assert!(
            !settles || control.outcome == whole.outcome,
            "{id} was {} and becomes {}",
            whole.outcome.word(),
            control.outcome.word()
        );
        assert!(
            failing(control).is_subset(&failing(whole)),
            "{id}: what is not known cannot fail"
        );
        reconciled(control);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_outcome_becomes_better_when_several_fields_go(
        // Each: a dataset, one of its records, one of its fields, all as numbers to be wrapped.
        taken in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..40),
    ) {
        let named: Vec<_> = taken
            .iter()
            .map(|(dataset, record, field)| (DATASETS[dataset.index(DATASETS.len())], record, field))
            .collect();
        let source = ORGANIZATION.changed(|dataset, records| {
            for (of, record, field) in &named {
                if of.name != dataset.name || records.is_empty() {
                    continue;
                }
                let place = record.index(records.len());
                let fields: Vec<_> = dataset.fields.iter().filter(|field| field.name != "id").collect();
                if fields.is_empty() {
                    continue;
                }
                let object = records[place].as_object_mut().expect("a record is an object");
                object.remove(fields[field.index(fields.len())].name);
            }
        });
        let after = ORGANIZATION.assess(&source);
        check_loss(&after);
        for (control, whole) in after.controls.iter().zip(&WHOLE.controls) {
            let fetched = |control: &ControlAssessment| {
                control.population.as_ref().map(|population| population.fetched)
            };
            prop_assert_eq!(fetched(control), fetched(whole));
        }
    }

    #[test]
    fn no_outcome_becomes_better_when_records_of_a_cut_dataset_go(
        cut in any::<prop::sample::Index>(),
        kept in prop::collection::vec(any::<bool>(), 1..30),
    ) {
        let cut = DATASETS[cut.index(DATASETS.len())];
        let mut source = ORGANIZATION.changed(|dataset, records| {
            if dataset.name == cut.name {
                let mut place = 0;
                records.retain(|_| { place += 1; kept[place % kept.len()] });
            }
        });
        let reason = CutReason::ServerError;
        source.set_completeness(cut, Completeness::Cut { reason, detail: "a page is missing".to_owned() });
        let after = ORGANIZATION.assess(&source);
        for control in &after.controls {
            let reads = control.datasets.iter().any(|used| used.dataset == cut.name);
            prop_assert!(
                !reads || !matches!(control.outcome, Outcome::Pass | Outcome::NotApplicable),
                "{} reads {} and is {}", control.id, cut.name, control.outcome.word()
            );
            reconciled(control);
        }
    }
}

#[test]
fn a_field_that_no_record_has_makes_no_outcome_better() {
    for dataset in DATASETS {
        for field in dataset.fields.iter().filter(|field| field.name != "id") {
            let source = ORGANIZATION.changed(|of, records| {
                if of.name == dataset.name {
                    for record in records {
                        record
                            .as_object_mut()
                            .expect("a record is an object")
                            .remove(field.name);
                    }
                }
            });
            check_loss(&ORGANIZATION.assess(&source));
        }
    }
}

#[test]
fn an_added_failing_record_fails_whatever_else_there_is() {
    let mut added = 0;
    for (place, whole) in WHOLE.controls.iter().enumerate() {
        // A person answers a question, and a list is no part of an organisation.
        let population = whole.population.as_ref();
        let Some(dataset) = population.and_then(|population| catalog::dataset(&population.dataset))
        else {
            continue;
        };
        // The first few of each control: they differ little.
        for subject in failing(whole).into_iter().take(5) {
            let Some(record) = ORGANIZATION
                .records(dataset)
                .into_iter()
                .find(|record| record["id"] == subject)
            else {
                continue; // The control itself, or a value that is expected and missing.
            };
            // Nobody else there, and then everybody else.
            for is_alone in [true, false] {
                let mut twin = record.clone();
                twin["id"] = Value::from(format!("{subject}-twin"));
                let source = ORGANIZATION.changed(|of, records| {
                    if of.name == dataset.name {
                        if is_alone {
                            records.clear();
                        }
                        records.push(twin.clone());
                    }
                });
                let after = &ORGANIZATION.assess(&source).controls[place];
                assert_eq!(after.outcome, Outcome::Fail, "{}: {subject}", after.id);
                let before: BTreeSet<_> = if is_alone {
                    BTreeSet::new()
                } else {
                    failing(whole)
                };
                let gone: Vec<_> = before.difference(&failing(after)).copied().collect();
                assert!(gone.is_empty(), "{}: {gone:?} no longer fail", after.id);
            }
            added += 1;
        }
    }
    assert!(added > 20, "only {added} failing records were added");
}

/// The organisation's lines in frames of any size and in any order.
struct Frames<'o> {
    manifest: &'o Manifest,
    frames: BTreeMap<&'static str, Vec<String>>,
}

impl<'o> Frames<'o> {
    fn new(
        organization: &'o Organization,
        lines_per_frame: usize,
        arrange: fn(&mut Vec<String>),
    ) -> Frames<'o> {
        let frames = organization.lines.iter().map(|(dataset, lines)| {
            let mut lines = lines.clone();
            arrange(&mut lines);
            let frames = lines.chunks(lines_per_frame);
            let frames = frames.map(|lines| {
                lines
                    .iter()
                    .flat_map(|line| [line.as_str(), "\n"])
                    .collect()
            });
            (*dataset, frames.collect())
        });
        Frames {
            manifest: &organization.manifest,
            frames: frames.collect(),
        }
    }
}

impl RecordSource for Frames<'_> {
    fn manifest(&self) -> &Manifest {
        self.manifest
    }

    fn digest(&self) -> &str {
        "frames"
    }

    fn frame_count(&self, dataset: &str) -> usize {
        self.frames.get(dataset).map_or(0, Vec::len)
    }

    fn read_frame(
        &self,
        dataset: &str,
        index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError> {
        text.clone_from(&self.frames[dataset][index]);
        Ok(())
    }

    fn inputs(&self) -> &BTreeMap<String, InputStatement> {
        &NO_INPUTS
    }

    fn answers(&self) -> &[AnswerStatement] {
        &[]
    }

    fn provenance(&self) -> Option<&Provenance> {
        None
    }
}

/// The assessment as it is written.
fn written(source: &dyn RecordSource, threads: usize) -> String {
    written_with(source, threads, &Spill::never())
}

fn written_with(source: &dyn RecordSource, threads: usize, spill: &Spill) -> String {
    let options = AssessOptions {
        organization_plan: None,
        as_of: None,
        threads: NonZero::new(threads),
    };
    let assessment =
        assess_spilling(&ORGANIZATION.plan, source, options, spill).expect("records of a snapshot");
    serde_json::to_string(&assessment).expect("an assessment is JSON")
}

#[test]
fn any_number_of_threads_and_frames_writes_the_same_bytes() {
    let one = written(&Frames::new(&ORGANIZATION, usize::MAX, |_| {}), 1);
    for lines_per_frame in [1, 3, 50] {
        let source = Frames::new(&ORGANIZATION, lines_per_frame, |_| {});
        for threads in [1, 2, 7] {
            let same = written(&source, threads) == one;
            assert!(same, "{threads} threads, {lines_per_frame} lines a frame");
        }
    }
}

#[test]
fn findings_that_were_put_aside_do_not_change_a_byte() {
    let source = Frames::new(&ORGANIZATION, 3, |_| {});
    let held = written(&source, 1);
    let dir = tempfile::tempdir().expect("a folder");
    for room in [0, 3_000, 100_000] {
        for threads in [1, 3] {
            let spill = Spill::beyond(room, dir.path().to_owned());
            let same = written_with(&source, threads, &spill) == held;
            assert!(same, "{threads} threads, {room} bytes held");
        }
    }
}

#[test]
fn the_order_of_records_does_not_change_a_byte() {
    let sorted = written(&Frames::new(&ORGANIZATION, 16, |_| {}), 2);
    let orders: [fn(&mut Vec<String>); 3] = [
        |lines| lines.reverse(),
        |lines| lines.sort_by_key(String::len),
        |lines| lines.sort_by_key(|line| line.bytes().map(u32::from).sum::<u32>()),
    ];
    for order in orders {
        assert!(written(&Frames::new(&ORGANIZATION, 16, order), 2) == sorted);
    }
}

/// The properties above could hold of nothing at all.
#[test]
fn the_organisation_has_every_outcome_that_evidence_can_lose() {
    let outcomes: BTreeSet<_> = WHOLE
        .controls
        .iter()
        .map(|control| control.outcome)
        .collect();
    assert!(outcomes.contains(&Outcome::Fail) && outcomes.contains(&Outcome::Unknown));
    let passing: u64 = WHOLE
        .controls
        .iter()
        .filter_map(|control| control.population.as_ref())
        .map(|population| population.pass)
        .sum();
    assert!(passing > 50, "{passing} subjects pass");
    let members = |record: &Value| record.as_object().map_or(0, Map::len);
    assert!(
        ORGANIZATION
            .records(DATASETS[3])
            .iter()
            .all(|record| members(record) > 5)
    );
}
