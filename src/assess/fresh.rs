//! A snapshot at a point in time: values from exports that no longer count by then are no longer known.
//!
//! A snapshot never changes, and may be judged long after it was made. An export that is too old gives no value. One
//! after which the audit log tells of a change of authentication policies gives nothing that policies decide, nor does
//! one of which the log leaves that open. Which row of which file gave a value stands in the mark of its record, so
//! that these values are left out as the records are read. Nothing is read twice, and nothing at all is done where
//! every export still counts. What people attest of policies, while it is in force, is added to what exports tell.

use super::changes::{Watch, look};
use super::policies::{self, Merged, Told};
use super::stale::{Awaited, Stale};
use super::standing::PolicyChanges;
use super::{AssessError, AttestationState, Looked};
use crate::catalog::{self, ATTESTATION, Dataset, POLICY_CHANGES, is_policy_setting};
use crate::control::ChangeEvent;
use crate::snapshot::{
    AnswerStatement, Completeness, ExportKind, ExportStatement, InputStatement, Manifest, POLICIES,
    Provenance, ProvenanceClass, RecordSource, SnapshotError,
};
use crate::value::{Json, Projection, Slot};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The dataset that tells which account is in which policy, and its field with the policy's name.
const MEMBERS: &str = "authentication_policy_members";
const POLICY_NAME: &str = "policy_name";

/// The member of a line that says where its values come from.
const MARK: &str = "_";

/// What changes authentication policies.
static CHANGES: LazyLock<Vec<ChangeEvent>> = LazyLock::new(|| {
    let change = |(action, setting): &(&str, Option<&str>)| ChangeEvent {
        action: (*action).to_owned(),
        setting: setting.map(str::to_owned),
    };
    POLICY_CHANGES.iter().map(change).collect()
});

/// A source of records without the values of stale exports.
pub(super) struct Fresh<'s> {
    source: &'s dyn RecordSource,
    manifest: Manifest,
    stale: Stale,
    policy_changes: Vec<PolicyChanges>,
    awaited: Awaited,
    /// By source, the files that no longer tell what policies decide: numbers of their rows, from and before.
    changed_rows: BTreeMap<&'static str, Vec<(u64, u64)>>,
    /// By dataset, for each class of its records: the fields to leave out.
    dropped: BTreeMap<&'s str, Vec<Vec<LeftOut>>>,
    /// How attestations of policies stand, by their place among the answers.
    attested: BTreeMap<usize, AttestationState>,
    /// Policies with what is attested of them, where an attestation is in force.
    policies: Option<Merged>,
}

/// What the audit log says to the export or attestation `file`.
fn changes_after(file: &str, sha256: &str, looked: Looked) -> PolicyChanges {
    let Looked {
        first,
        doubts,
        refused,
        unseen,
    } = looked;
    // An organisation without a plan that has an audit log is refused it: its exports count until they are too old,
    // and that nobody could look is said.
    let unseen: BTreeSet<String> = unseen.into_iter().chain(refused).collect();
    PolicyChanges {
        file: file.to_owned(),
        sha256: sha256.to_owned(),
        change: first,
        undecided: doubts.into_iter().collect(),
        unseen: unseen.into_iter().collect(),
    }
}

/// A field to leave out of the records of a class.
struct LeftOut {
    field: &'static str,
    /// Only where this source gave it from a file that no longer tells: its name, and its place in the class.
    only_of: Option<(&'static str, usize)>,
}

impl<'s> Fresh<'s> {
    /// `source` as it is at `as_of`.
    ///
    /// # Errors
    /// The audit log cannot be read or was changed.
    pub(super) fn new(
        source: &'s dyn RecordSource,
        as_of: Timestamp,
    ) -> Result<Fresh<'s>, AssessError> {
        let mut fresh = Fresh {
            source,
            manifest: source.manifest().clone(),
            stale: Stale::default(),
            policy_changes: Vec::new(),
            awaited: Awaited::default(),
            changed_rows: BTreeMap::new(),
            dropped: BTreeMap::new(),
            attested: BTreeMap::new(),
            policies: None,
        };
        let exports = &source.manifest().exports;
        fresh.stale.aged = exports.stale(fresh.manifest.collected.to, as_of);
        let deciding = fresh.judge_attestations(as_of);
        let in_force = fresh.look_for_changes(as_of, deciding)?;
        fresh.drop_fields();
        fresh.judge_policies();
        if let Some(answer) = in_force {
            fresh.add_attested(answer)?;
        }
        fresh.find_awaited();
        Ok(fresh)
    }

    /// Notes how each attestation of policies stands, and gives the place of the one that decides: the newest.
    fn judge_attestations(&mut self, as_of: Timestamp) -> Option<usize> {
        let mut deciding: Option<usize> = None;
        for (place, answer) in self.source.answers().iter().enumerate() {
            if answer.policies.is_none() {
                continue;
            }
            let mut state = policies::standing(answer, as_of);
            if !matches!(state, AttestationState::Pending | AttestationState::Later) {
                match deciding {
                    Some(newer) => {
                        let newest: &AnswerStatement = &self.source.answers()[newer];
                        // Nobody can tell which of the two was the last one before the point in time.
                        if newest.may_be_later_than(as_of)
                            && state.is_in_force()
                            && newest.policies != answer.policies
                        {
                            self.attested.insert(newer, AttestationState::Later);
                        }
                        state = AttestationState::Superseded;
                    }
                    None => deciding = Some(place),
                }
            }
            self.attested.insert(place, state);
        }
        deciding.filter(|place| self.attested[place].is_in_force())
    }

    /// Adds what `answer` attests of policies to what exports tell of them.
    fn add_attested(&mut self, answer: &AnswerStatement) -> Result<(), AssessError> {
        let Some(statement) = self.manifest.datasets.get(POLICIES).cloned() else {
            return Ok(());
        };
        let mut lines = Vec::new();
        let mut text = String::new();
        for frame in 0..self.frame_count(POLICIES) {
            self.read_frame(POLICIES, frame, &mut text)?;
            lines.extend(text.lines().map(str::to_owned));
        }
        let told = Told {
            lines,
            statement,
            provenance: self.source.provenance(),
            of_members: self.policies_of_members()?,
        };
        let merged = policies::merge(told, answer);
        let statement = merged.statement.clone();
        self.manifest
            .datasets
            .insert(POLICIES.to_owned(), statement);
        self.policies = Some(merged);
        Ok(())
    }

    /// Names of the policies in which the API says that accounts are, as far as it was asked.
    fn policies_of_members(&self) -> Result<BTreeSet<String>, AssessError> {
        let dataset = catalog::dataset(MEMBERS).expect("the catalog has members of policies");
        let names = dataset.fields.iter().map(|field| field.name);
        let projection = Projection::new(names, [POLICY_NAME]);
        let mut policies = BTreeSet::new();
        let (mut text, mut slots) = (String::new(), Vec::new());
        for frame in 0..self.source.frame_count(MEMBERS) {
            self.source.read_frame(MEMBERS, frame, &mut text)?;
            for line in text.lines() {
                let record = projection.scan(line, &mut slots);
                let name = record.and_then(|record| record.member(POLICY_NAME)?.as_text());
                if let Some(name) = name
                    && !policies.contains(name.as_ref())
                {
                    policies.insert(name.into_owned());
                }
            }
        }
        Ok(policies)
    }

    /// Looks into the audit log for changes of policies after each export that would count, and after the attestation
    /// at the place `deciding`, which is given back if it still counts then.
    fn look_for_changes(
        &mut self,
        as_of: Timestamp,
        deciding: Option<usize>,
    ) -> Result<Option<&'s AnswerStatement>, AssessError> {
        let manifest = self.source.manifest();
        let collected_to = manifest.collected.to;
        let watched: Vec<(&ExportStatement, Watch<'_>)> = manifest
            .exports
            .files
            .iter()
            .filter(|file| file.kind.tells_policies())
            .filter(|file| file.stale(collected_to).is_none() && file.stale(as_of).is_none())
            .filter_map(|file| {
                let watch = Watch {
                    changes: &CHANGES,
                    since: file.speaks_of()?,
                };
                Some((file, watch))
            })
            .collect();
        let answer = deciding.map(|place| &self.source.answers()[place]);
        let attested = answer.and_then(|answer| {
            Some(Watch {
                changes: &CHANGES,
                since: answer.speaks_of()?,
            })
        });
        let watches = watched.iter().map(|(_, watch)| watch).chain(&attested);
        let watches: Vec<&Watch<'_>> = watches.collect();
        let mut found = look(&watches, self.source, manifest, as_of)?;
        let after_answer = attested.as_ref().and_then(|_| found.pop());
        for ((file, _), looked) in watched.into_iter().zip(found) {
            let changes = changes_after(&file.file, &file.sha256, looked);
            self.note(file, changes);
        }
        let (Some(place), Some(answer), Some(looked)) = (deciding, answer, after_answer) else {
            return Ok(None);
        };
        let changes = changes_after(&answer.file, &answer.sha256, looked);
        let why = changes.why_stale();
        if let Some(change) = &changes.change {
            let change = change.clone();
            self.attested
                .insert(place, AttestationState::Stale { change });
        }
        match &why {
            Some(why) => {
                let detail = format!("`{}`: {why}", answer.file);
                let policies = self.manifest.datasets.get_mut(POLICIES);
                if let Some(policies) = policies
                    && policies.completeness == Completeness::NotRequested
                {
                    let detail = detail.clone();
                    policies.completeness = Completeness::Stale { detail };
                }
                self.stale.changed.insert(ATTESTATION, detail);
            }
            None => {
                let unseen = self.stale.unseen.entry(ATTESTATION).or_default();
                unseen.extend(changes.unseen.iter().cloned());
            }
        }
        self.policy_changes.push(changes);
        Ok(why.is_none().then_some(answer))
    }

    /// Notes what the audit log says to one file. The newest comes first.
    fn note(&mut self, file: &ExportStatement, changes: PolicyChanges) {
        let source = file.kind.source();
        if let Some(why) = changes.why_stale() {
            let why = format!("`{}`: {}, and {why}", file.file, file.taken_in_words());
            self.stale.changed.entry(source).or_insert(why);
            let notes = self.source.provenance();
            let notes = notes.and_then(|provenance| provenance.exports.get(source));
            let bases = || notes.into_iter().flatten();
            let own = bases().find(|note| note.sha256 == file.sha256);
            if let Some(base) = own.map(|note| note.base) {
                let next = bases().map(|note| note.base).filter(|next| *next > base);
                let next = next.min().unwrap_or(u64::MAX);
                let rows = self.changed_rows.entry(source).or_default();
                rows.push((base, next));
            }
        } else {
            // What is stale already need not be doubted.
            let unseen = self.stale.unseen.entry(source).or_default();
            unseen.extend(changes.unseen.iter().cloned());
        }
        self.policy_changes.push(changes);
    }

    /// Finds the fields that the records of each class may have to leave out.
    fn drop_fields(&mut self) {
        let is_stale = !self.stale.aged.is_empty() || !self.changed_rows.is_empty();
        let Some(provenance) = self.source.provenance().filter(|_| is_stale) else {
            return;
        };
        for (name, classes) in &provenance.classes {
            // What is known of the exports themselves does not age.
            let Some(dataset) = catalog::dataset(name).filter(|dataset| dataset.name != "exports")
            else {
                continue;
            };
            let of_class = |class| self.drops(dataset, class);
            let drops: Vec<Vec<LeftOut>> = classes.iter().map(of_class).collect();
            if drops.iter().any(|drops| !drops.is_empty()) {
                self.dropped.insert(name.as_str(), drops);
            }
        }
    }

    /// Fields that stale sources gave the records of `class`. The id and the name that a reader knows a record by stay.
    fn drops(&self, dataset: &'static Dataset, class: &ProvenanceClass) -> Vec<LeftOut> {
        let names = dataset.fields.iter().map(|field| field.name);
        names
            .filter(|name| *name != "id" && *name != dataset.label)
            .filter_map(|field| {
                let place = class.fields.get(field).copied().unwrap_or(0);
                let source = class.sources.get(place)?.as_str();
                if self.stale.aged.contains_key(source) {
                    return Some(LeftOut {
                        field,
                        only_of: None,
                    });
                }
                let (source, _) = self.changed_rows.get_key_value(source)?;
                is_policy_setting(dataset.name, field).then_some(LeftOut {
                    field,
                    only_of: Some((source, place)),
                })
            })
            .collect()
    }

    /// Policies are those that the newest file names: where it no longer tells, nobody knows whether these are all.
    fn judge_policies(&mut self) {
        let source = ExportKind::ManagedAccounts.source();
        let aged = self.stale.aged.get(source).cloned();
        let changed = || {
            let files = &self.manifest.exports.files;
            let newest = files
                .iter()
                .filter(|file| file.kind == ExportKind::ManagedAccounts)
                .find_map(|file| {
                    let mut told = self.policy_changes.iter();
                    told.find(|changes| changes.sha256 == file.sha256)
                })?;
            newest.why_stale()?;
            self.stale.changed.get(source).cloned()
        };
        if let Some(detail) = aged.or_else(changed)
            && let Some(policies) = self.manifest.datasets.get_mut(POLICIES)
        {
            policies.completeness = Completeness::Stale { detail };
        }
    }

    /// Finds the sources that tell nothing of any record: files that nobody gave, or of which none counts.
    fn find_awaited(&mut self) {
        // Records that came from no source wait for none.
        if self.source.provenance().is_none() {
            return;
        }
        let files = &self.manifest.exports.files;
        let changed: BTreeSet<&str> = self
            .policy_changes
            .iter()
            .filter(|changes| changes.why_stale().is_some())
            .map(|changes| changes.sha256.as_str())
            .collect();
        for kind in ExportKind::ALL {
            let source = kind.source();
            let mut given = files.iter().filter(|file| file.kind == kind).peekable();
            if given.peek().is_none() || self.stale.aged.contains_key(source) {
                self.awaited.files.insert(source);
                continue;
            }
            self.awaited.given.insert(source);
            if given.all(|file| changed.contains(file.sha256.as_str())) {
                self.awaited.of_policies.insert(source);
            }
        }
        let attested = match self.policies {
            Some(_) => &mut self.awaited.given,
            None => &mut self.awaited.files,
        };
        attested.insert(ATTESTATION);
    }

    /// Why exports count for nothing.
    pub(super) fn stale(&self) -> &Stale {
        &self.stale
    }

    /// What is told by no export that counts.
    pub(super) fn awaited(&self) -> &Awaited {
        &self.awaited
    }

    /// How attestations of policies stand, by their place among the answers.
    pub(super) fn attested(&self) -> &BTreeMap<usize, AttestationState> {
        &self.attested
    }

    /// What the audit log says to each export that tells of policies and is not too old.
    pub(super) fn policy_changes(&self) -> &[PolicyChanges] {
        &self.policy_changes
    }

    /// Whether the row `n` of `source` is one of a file that no longer tells what policies decide.
    fn is_changed(&self, source: &str, n: u64) -> bool {
        let rows = self.changed_rows.get(source).into_iter().flatten();
        rows.into_iter()
            .any(|(from, before)| (*from..*before).contains(&n))
    }

    /// `text` without the fields that the class of each record has to leave out. A line that does not read stays as
    /// it is: whoever reads it next says so.
    fn without(&self, text: &str, dataset: &'static Dataset, dropped: &[Vec<LeftOut>]) -> String {
        let names = || dataset.fields.iter().map(|field| field.name);
        let projection = Projection::new(names().chain([MARK]), names().chain([MARK]));
        let mut slots: Vec<Slot> = Vec::new();
        let mut left = String::with_capacity(text.len());
        for line in text.lines() {
            let found = projection.scan(line, &mut slots).and_then(|record| {
                let mark = record.member(MARK)?;
                let numbers: Vec<u64> = mark
                    .elements()
                    .map(|number| number.text().parse().ok())
                    .collect::<Option<_>>()?;
                let (class, rows) = numbers.split_first()?;
                let drops = dropped.get(usize::try_from(*class).ok()?)?;
                let fields: BTreeSet<&str> = drops
                    .iter()
                    .filter(|drop| match drop.only_of {
                        None => true,
                        // A row that is not told may be one of that file.
                        Some((source, place)) => {
                            rows.get(place).is_none_or(|n| self.is_changed(source, *n))
                        }
                    })
                    .map(|drop| drop.field)
                    .collect();
                (!fields.is_empty()).then_some((record, mark, fields))
            });
            match found {
                None => left.push_str(line),
                Some((record, mark, fields)) => {
                    left.push('{');
                    for name in names().filter(|name| !fields.contains(name)) {
                        if let Some(value) = record.member(name) {
                            left.push_str(&format!("\"{name}\":{},", value.text()));
                        }
                    }
                    left.push_str(&format!("\"{MARK}\":{}}}", mark.text()));
                }
            }
            left.push('\n');
        }
        left
    }
}

impl RecordSource for Fresh<'_> {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn digest(&self) -> &str {
        self.source.digest()
    }

    fn frame_count(&self, dataset: &str) -> usize {
        match &self.policies {
            Some(merged) if dataset == POLICIES => usize::from(!merged.text.is_empty()),
            _ => self.source.frame_count(dataset),
        }
    }

    fn read_frame(
        &self,
        dataset: &str,
        index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError> {
        if let Some(merged) = self.policies.as_ref().filter(|_| dataset == POLICIES) {
            text.clone_from(&merged.text);
            return Ok(());
        }
        self.source.read_frame(dataset, index, text)?;
        let known = catalog::dataset(dataset);
        if let (Some(dropped), Some(known)) = (self.dropped.get(dataset), known) {
            *text = self.without(text, known, dropped);
        }
        Ok(())
    }

    fn answers(&self) -> &[AnswerStatement] {
        self.source.answers()
    }

    fn provenance(&self) -> Option<&Provenance> {
        let merged = self.policies.as_ref();
        let own = merged.and_then(|merged| merged.provenance.as_ref());
        own.or_else(|| self.source.provenance())
    }

    fn inputs(&self) -> &BTreeMap<String, InputStatement> {
        self.source.inputs()
    }
}

#[cfg(test)]
mod tests;
