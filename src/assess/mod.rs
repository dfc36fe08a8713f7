//! Plan + snapshot + point in time -> assessment. Pure: no clock, no network, no order of threads.
//!
//! Frames of a dataset are scanned by any number of threads; each keeps counts and findings, which are
//! joined and put in order at the end. Nothing is kept of a record that passes, but for a small sample.
//!
//! The rule that outranks the rest: missing evidence is never a pass. What is absent, of a wrong type,
//! cut, denied or unset makes a subject or a control unknown.

mod answers;
mod assessment;
mod changes;
mod check;
mod conclude;
mod coverage;
mod doubt;
mod entries;
mod evidence;
mod fresh;
mod lists;
mod plan_shown;
mod policies;
mod reason;
mod sample;
mod sets;
mod spill;
mod stale;
mod standing;
mod subject;
mod tally;
mod trace;
mod unasked;

pub use assessment::{
    Assessment, ControlAssessment, ControlSource, CriterionStatement, DatasetUse, Evidence, FORMAT,
    Finding, FrameworkStatement, FrequencyStatement, InputUse, LedgerLine, LeftOut, ListMatch,
    Mapping, Observation, Outcome, ParameterStatement, PassingSubject, PopulationStatement,
    ProfileSource, ProfileStatement, QuestionStatement, SeverityChange, SnapshotStatement,
};
pub use entries::{Entries, Entry, Reading};
pub use evidence::{EvidenceFact, EvidenceField, EvidenceList, Fingerprint, Shared};
pub use reason::{Note, Reason};
pub use sample::SAMPLE_SIZE;
pub use spill::{Spill, SpillError};
pub use standing::{AttestationState, AttestationUse, Change, EXPIRING_DAYS, PolicyChanges};
pub use subject::{CONTROL_ITSELF, fingerprint};
pub use trace::{Found, LookedUp, Member, RecordTrace, Standing, Trace, TraceKind, Tracer};

use crate::catalog::{DatasetRef, INPUTS};
use crate::control::OrganizationPlan;
use crate::plan::{Plan, PlannedControl, PlannedSet, Population, Scan, StepRef};
use crate::snapshot::{Manifest, RecordSource, SnapshotError, Tool};
use crate::value::{Json, Projection, Record, sha256_hex};
use changes::Looked;
use check::{Answers, Context, SharedFilters};
use fresh::Fresh;
use jiff::Timestamp;
use sets::SetValues;
use stale::{Awaited, Stale};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use subject::Describer;
use tally::Tally;

/// How to assess. The number of threads cannot change the result.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssessOptions {
    /// Point in time to judge at; `None` is the end of the collection.
    pub as_of: Option<Timestamp>,
    /// The organisation's plan, where somebody said it; a control that requires one is unknown without.
    pub organization_plan: Option<OrganizationPlan>,
    /// Threads to scan with; `None` is one for each core.
    pub threads: Option<NonZero<usize>>,
}

/// An assessment cannot be made.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum AssessError {
    /// The snapshot cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The point in time lies before the evidence.
    #[error("cannot judge at {as_of}: the snapshot was collected until {end}")]
    #[diagnostic(help("leave `--as-of` out, or name a later time"))]
    AsOfBeforeEnd {
        /// What was asked for.
        as_of: Timestamp,
        /// The end of the collection.
        end: Timestamp,
    },
    /// Findings beyond those that are held cannot be put aside.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Spill(#[from] SpillError),
    /// A line of a dataset is no record.
    #[error("`{dataset}` holds a line that is no record, in frame {frame}")]
    #[diagnostic(help("the snapshot was made by another program; collect again"))]
    Line {
        /// The dataset.
        dataset: String,
        /// Place of the frame.
        frame: usize,
    },
}

/// Evaluates `plan` over `source`. Every finding is held in memory.
///
/// # Errors
/// The snapshot cannot be read or was changed, or `as_of` lies before its end.
pub fn assess(
    plan: &Plan,
    source: &dyn RecordSource,
    options: AssessOptions,
) -> Result<Assessment, AssessError> {
    assess_spilling(plan, source, options, &Spill::never())
}

/// Evaluates `plan` over `source` in memory that does not grow with the findings: those beyond a bound go to `spill`.
/// That cannot change the result.
///
/// # Errors
/// As of [`assess`], and [`AssessError::Spill`].
pub fn assess_spilling(
    plan: &Plan,
    source: &dyn RecordSource,
    options: AssessOptions,
    spill: &Spill,
) -> Result<Assessment, AssessError> {
    let as_of = judged_at(source, options)?;
    let fresh = Fresh::new(source, as_of)?;
    let source: &dyn RecordSource = &fresh;
    let manifest = &with_inputs(source, as_of);
    let organization_plan = plan_shown::believed(options.organization_plan, manifest);
    let mut sets = empty_sets(plan, manifest, as_of, organization_plan);
    unasked::leave_out(&mut sets, plan, (source, manifest), organization_plan);
    let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
    let mut found = lists::Found::new();
    for (place, control) in plan.controls.iter().enumerate() {
        let evaluated = Evaluated::of(control, organization_plan);
        tallies.extend(evaluated.map(|evaluated| (place, Tally::new(evaluated))));
    }
    for scan in &plan.scans {
        let context = Context {
            plan,
            sets: &sets,
            as_of,
            organization_plan,
            stale: fresh.stale(),
            awaited: fresh.awaited(),
        };
        if Part::new(scan, context).is_for_nothing() {
            continue;
        }
        let part = run(scan, source, context, options.threads, spill)?;
        for (index, filled) in part.sets {
            sets[index].join(filled);
        }
        for (place, tally) in part.tallies {
            tallies.entry(place).or_default().join(tally);
        }
        make_room(tallies.values_mut(), spill.room(1), spill)?;
        for (place, values) in part.found {
            found.entry(place).or_default().extend(values);
        }
    }
    let context = Context {
        plan,
        sets: &sets,
        as_of,
        organization_plan,
        stale: fresh.stale(),
        awaited: fresh.awaited(),
    };
    let mut matches = lists::matches(source, context, &found)?;
    let judged = answers::judge(plan, source, manifest, fresh.attested(), context)?;
    let controls = plan
        .controls
        .iter()
        .enumerate()
        .map(|(place, control)| {
            match (
                Evaluated::of(control, organization_plan),
                tallies.remove(&place),
            ) {
                (Some(evaluated), Some(tally)) => {
                    conclude::conclude(evaluated, tally, manifest, context)
                }
                _ => {
                    let told = options.organization_plan;
                    conclude::without_records(control, &judged, manifest, context, told)
                }
            }
        })
        .collect();
    Ok(Assessment {
        format: FORMAT.to_owned(),
        tool: Tool::this(),
        organization: manifest.organization.clone(),
        organization_plan: options.organization_plan,
        as_of,
        snapshot: SnapshotStatement {
            sha256: source.digest().to_owned(),
            collected_from: manifest.collected.from,
            collected_to: manifest.collected.to,
            clock_skew_ms: manifest.collected.clock_skew_ms,
            api_url: manifest.api_url.clone(),
            datasets: source.manifest().datasets.clone(),
            exports: source.manifest().exports.clone(),
        },
        inputs: inputs(plan, source, as_of, &mut matches),
        attestations: judged.uses,
        policy_changes: fresh.policy_changes().to_vec(),
        controls_sha256: controls_digest(plan),
        frameworks: frameworks(plan),
        profile: plan.profile.as_ref().map(conclude::profile_statement),
        controls,
    })
}

/// A control whose records are looked at: no question for a person, and the organisation has its plan.
#[derive(Clone, Copy)]
struct Evaluated<'a> {
    control: &'a PlannedControl,
    population: &'a Population,
}

impl<'a> Evaluated<'a> {
    /// `control`, if its records are looked at in an organisation of this plan.
    fn of(
        control: &'a PlannedControl,
        organization_plan: Option<OrganizationPlan>,
    ) -> Option<Evaluated<'a>> {
        let has_plan = Evaluated::has_plan(control, organization_plan);
        let population = control.population.as_ref().filter(|_| has_plan)?;
        Some(Evaluated {
            control,
            population,
        })
    }

    /// Whether the organisation is known to have the plan that `control` requires.
    fn has_plan(control: &PlannedControl, organization_plan: Option<OrganizationPlan>) -> bool {
        control
            .control
            .requires_plan
            .is_none_or(|least| organization_plan.is_some_and(|plan| plan >= least))
    }
}

/// Every list that was given or that a control reads.
fn inputs(
    plan: &Plan,
    source: &dyn RecordSource,
    as_of: Timestamp,
    matches: &mut BTreeMap<String, Vec<ListMatch>>,
) -> BTreeMap<String, InputUse> {
    let needed = plan
        .inputs
        .keys()
        .map(|name| (name.clone(), InputUse::not_supplied()));
    let given = source.inputs().iter().map(|(name, input)| {
        let used = InputUse {
            completeness: input.completeness(as_of),
            is_read: plan.inputs.contains_key(name),
            statement: Some(input.clone()),
            matches: matches.remove(name).unwrap_or_default(),
        };
        (name.clone(), used)
    });
    // Those given stand last, and so outrank those that are only needed.
    needed.chain(given).collect()
}

/// What is stated of every dataset. To everything below a list is one more.
fn with_inputs(source: &dyn RecordSource, as_of: Timestamp) -> Manifest {
    let mut manifest = source.manifest().clone();
    for (name, input) in source.inputs() {
        let statement = input.as_dataset(as_of);
        manifest.datasets.insert(name.clone(), statement);
    }
    manifest
}

/// The point in time to judge at.
fn judged_at(source: &dyn RecordSource, options: AssessOptions) -> Result<Timestamp, AssessError> {
    let end = source.manifest().collected.to;
    let as_of = options.as_of.unwrap_or(end);
    if as_of < end {
        return Err(AssessError::AsOfBeforeEnd { as_of, end });
    }
    Ok(as_of)
}

/// The plan's sets before any record was looked at.
fn empty_sets(
    plan: &Plan,
    manifest: &Manifest,
    as_of: Timestamp,
    organization_plan: Option<OrganizationPlan>,
) -> Vec<SetValues> {
    let statement = |set: &PlannedSet| manifest.datasets.get(set.population.dataset.name());
    let sets: Vec<SetValues> = plan
        .sets
        .iter()
        .map(|set| {
            let found = statement(set);
            let is_whole = found.is_some_and(|found| found.completeness.is_whole());
            let is_list = set.population.dataset.name().starts_with(INPUTS);
            match &set.actions {
                _ if is_list && !is_whole => SetValues::of_open_list(),
                Some(named) => SetValues::of_actions(named, is_whole),
                None => SetValues::new(is_whole),
            }
        })
        .collect();
    let context = Context {
        plan,
        sets: &sets,
        as_of,
        organization_plan,
        stale: &Stale::default(),
        awaited: &Awaited::default(),
    };
    let too_short = |set: &PlannedSet| {
        let period = statement(set).and_then(|found| found.period.as_ref());
        period
            .is_some_and(|period| coverage::beyond(&set.population, &[], period, context).is_some())
    };
    let is_short: Vec<bool> = plan.sets.iter().map(too_short).collect();
    let mut sets = sets;
    for (set, is_short) in sets.iter_mut().zip(is_short) {
        if is_short {
            *set = SetValues::new(false);
        }
    }
    sets
}

/// What a scan came to, by place in the plan.
#[derive(Default)]
struct Part {
    sets: BTreeMap<usize, SetValues>,
    tallies: BTreeMap<usize, Tally>,
    /// Values of lists that records have.
    found: lists::Found,
}

impl Part {
    /// Nothing yet, for the steps of `scan`.
    fn new(scan: &Scan, context: Context<'_>) -> Part {
        let mut part = Part::default();
        for step in &scan.steps {
            match step {
                StepRef::Set(set) if context.sets[set.0].is_unasked() => {}
                StepRef::Set(set) => {
                    part.sets.insert(set.0, SetValues::new(true));
                }
                StepRef::Control(place) => {
                    let evaluated = context.evaluated(*place);
                    part.tallies
                        .extend(evaluated.map(|evaluated| (*place, Tally::new(evaluated))));
                }
            }
        }
        part
    }

    /// Whether nothing waits for the records.
    fn is_for_nothing(&self) -> bool {
        self.sets.is_empty() && self.tallies.is_empty()
    }

    fn join(&mut self, other: Part) {
        for (place, values) in other.found {
            self.found.entry(place).or_default().extend(values);
        }
        for (place, values) in other.sets {
            self.sets.entry(place).or_default().join(values);
        }
        for (place, tally) in other.tallies {
            match self.tallies.get_mut(&place) {
                Some(mine) => mine.join(tally),
                None => {
                    self.tallies.insert(place, tally);
                }
            }
        }
    }
}

/// One pass over a dataset: threads take frames as they come, parts are joined at the end.
fn run(
    scan: &Scan,
    source: &dyn RecordSource,
    context: Context<'_>,
    threads: Option<NonZero<usize>>,
    spill: &Spill,
) -> Result<Part, AssessError> {
    let frames = source.frame_count(scan.dataset.name());
    let cores = || std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let threads = threads.unwrap_or_else(cores).get().min(frames.max(1));
    let next = AtomicUsize::new(0);
    let whole = Mutex::new(Part::new(scan, context));
    let work = || -> Result<(), AssessError> {
        let mut part = Part::new(scan, context);
        let mut worker = Worker::new(scan, source, context);
        let room = Room {
            bytes: spill.room(threads),
            spill,
        };
        loop {
            let frame = next.fetch_add(1, Ordering::Relaxed);
            if frame >= frames {
                break;
            }
            if let Err(error) = worker.frame(frame, &mut part, room) {
                // The others find nothing left to do.
                next.store(frames, Ordering::Relaxed);
                return Err(error);
            }
        }
        whole
            .lock()
            .expect("no thread panics while it holds the lock")
            .join(part);
        Ok(())
    };
    if threads == 1 {
        work()?;
    } else {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().expect("a worker does not panic"))
        })?;
    }
    Ok(whole
        .into_inner()
        .expect("no thread panics while it holds the lock"))
}

/// How much one thread may hold of findings, and where the others go.
#[derive(Clone, Copy)]
struct Room<'s> {
    bytes: usize,
    spill: &'s Spill,
}

/// Makes room among the findings of `tallies` if they hold more than `room` bytes.
fn make_room<'t>(
    tallies: impl Iterator<Item = &'t mut Tally>,
    room: usize,
    spill: &Spill,
) -> Result<(), SpillError> {
    spill::make_room(tallies.map(|tally| &mut tally.findings), room, spill)
}

/// What one thread needs to read frames of a scan.
struct Worker<'a> {
    context: Context<'a>,
    lines: Lines<'a>,
    /// By control, with the numbers of the filters of its population.
    describers: BTreeMap<usize, (Describer<'a>, Vec<Option<usize>>)>,
    answers: Answers,
    lookups: Vec<lists::Lookup<'a>>,
}

impl<'a> Worker<'a> {
    fn new(scan: &'a Scan, source: &'a dyn RecordSource, context: Context<'a>) -> Worker<'a> {
        let mut filters = SharedFilters::default();
        Worker {
            context,
            answers: Answers::default(),
            lines: Lines::new(&scan.dataset, source, &scan.fields),
            lookups: lists::lookups(scan, context),
            describers: scan
                .steps
                .iter()
                .filter_map(|step| match step {
                    StepRef::Set(_) => None,
                    StepRef::Control(place) => {
                        let evaluated = context.evaluated(*place)?;
                        let numbers = filters.numbers(&evaluated.population.parts);
                        let describer = Describer::new(evaluated, source, context.awaited);
                        Some((*place, (describer, numbers)))
                    }
                })
                .collect(),
        }
    }

    fn frame(&mut self, frame: usize, part: &mut Part, room: Room<'_>) -> Result<(), AssessError> {
        let context = self.context;
        let answers = &mut self.answers;
        let mut put_aside = Ok(());
        self.lines.frame(frame, |record| {
            if put_aside.is_err() {
                return;
            }
            for (place, values) in &mut part.sets {
                values.add(&context.plan.sets[*place], record, context);
            }
            answers.forget();
            let mut held_bytes = 0;
            for (place, tally) in &mut part.tallies {
                let (describer, filters) = &self.describers[place];
                tally.add(record, context, describer, filters, answers);
                held_bytes += tally.findings.held_bytes();
            }
            for lookup in &self.lookups {
                lookup.note(record, context, &mut part.found);
            }
            if held_bytes > room.bytes {
                put_aside = make_room(part.tallies.values_mut(), room.bytes, room.spill);
            }
        })?;
        Ok(put_aside?)
    }
}

/// Reads the records of a dataset, frame by frame.
struct Lines<'a> {
    dataset: &'a DatasetRef,
    source: &'a dyn RecordSource,
    projection: Projection,
    text: String,
}

impl<'a> Lines<'a> {
    /// Looks at `fields` only.
    fn new(dataset: &'a DatasetRef, source: &'a dyn RecordSource, fields: &[String]) -> Lines<'a> {
        let order = dataset.field_names();
        Lines {
            dataset,
            source,
            projection: Projection::new(order, fields.iter().map(String::as_str)),
            text: String::new(),
        }
    }

    /// Calls `each` for every record of a frame.
    fn frame(&mut self, frame: usize, mut each: impl FnMut(Record<'_>)) -> Result<(), AssessError> {
        let dataset = self.dataset.name();
        self.source.read_frame(dataset, frame, &mut self.text)?;
        let mut slots = Vec::new();
        for line in self.text.lines() {
            let not_a_record = AssessError::Line {
                dataset: dataset.to_owned(),
                frame,
            };
            let record = self
                .projection
                .scan(line, &mut slots)
                .filter(|record| record.member("id").is_some())
                .ok_or(not_a_record)?;
            each(record);
        }
        Ok(())
    }
}

/// Every framework that a control maps to, by id.
fn frameworks(plan: &Plan) -> BTreeMap<String, FrameworkStatement> {
    plan.controls
        .iter()
        .flat_map(|planned| &planned.control.frameworks)
        .map(|framework| (framework.id.clone(), FrameworkStatement::of(framework)))
        .collect()
}

/// SHA-256 over the digests of all controls, in order of their ids.
fn controls_digest(plan: &Plan) -> String {
    let mut list = String::new();
    for planned in &plan.controls {
        let _ = writeln!(list, "{} {}", planned.control.source.sha256, planned.id());
    }
    sha256_hex(list.as_bytes())
}

#[cfg(test)]
pub(crate) mod fixture;
