//! `authentication_policies` and `exports`: what the rows of exports tell beside accounts.

use super::dataset::{DatasetFile, Record};
use super::field::FieldValue;
use crate::catalog::Dataset;
use crate::import::Told;
use crate::snapshot::{
    Completeness, CutReason, ExportKind, ExportStatement, ExportsStatement, SnapshotError,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Authentication policies that exports may name: each is held in memory.
const POLICIES_MAX: usize = 10_000;

/// Fields of an account that its policy sets, each with the field of the policy.
const SETTINGS: [(&str, &str); 7] = [
    ("authentication_policy_type", "type"),
    ("sso", "sso"),
    ("two_step_required", "two_step_required"),
    ("password_policy", "password_policy"),
    ("password_strength", "password_strength"),
    ("password_expires_days", "password_expires_days"),
    ("idle_session_minutes", "idle_session_minutes"),
];
/// Settings that are read out of `password_policy`: where they differ, that differs.
const READ_OUT: [&str; 2] = ["password_strength", "password_expires_days"];

/// Policies by name, as the rows of their members tell them.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    by_name: BTreeMap<String, Policy>,
    /// Rows that name no policy.
    unnamed: u64,
    /// Rows of policies beyond the limit.
    too_many: u64,
}

#[derive(Clone, Debug)]
struct Policy {
    /// Number of the first row that names it.
    n: u64,
    /// By field of the policy.
    settings: BTreeMap<&'static str, Setting>,
    members: u64,
    /// `None` where the status of a member is not known.
    active: Option<u64>,
}

/// What rows tell of one setting.
#[derive(Clone, Debug)]
struct Setting {
    /// `None` where rows differ.
    value: Option<Value>,
    /// Number of the first row that tells it.
    n: u64,
    /// Members whose rows tell it.
    members: u64,
}

impl Policies {
    /// Takes the row `n` of one member.
    pub fn add(&mut self, told: &Told, n: u64) {
        let Some(name) = told.get("authentication_policy").and_then(Value::as_str) else {
            self.unnamed += 1;
            return;
        };
        if !self.by_name.contains_key(name) {
            if self.by_name.len() >= POLICIES_MAX {
                self.too_many += 1;
                return;
            }
            let policy = Policy {
                n,
                settings: BTreeMap::new(),
                members: 0,
                active: Some(0),
            };
            self.by_name.insert(name.to_owned(), policy);
        }
        let policy = self
            .by_name
            .get_mut(name)
            .expect("it was put in just above");
        policy.n = policy.n.min(n);
        policy.members += 1;
        policy.active = match told.get("account_status").and_then(Value::as_str) {
            Some("active") => policy.active.map(|active| active + 1),
            Some(_) => policy.active,
            None => None,
        };
        for (of_account, setting) in SETTINGS {
            if let Some(value) = told.get(of_account) {
                let known = policy.settings.entry(setting).or_insert_with(|| Setting {
                    value: Some(value.clone()),
                    n,
                    members: 0,
                });
                known.n = known.n.min(n);
                known.members += 1;
                if known.value.as_ref().is_some_and(|known| known != value) {
                    known.value = None;
                }
            }
        }
    }

    /// Takes that the rows of one member differ in these `fields` of an account.
    pub fn contradict<'f>(&mut self, told: &Told, fields: impl Iterator<Item = &'f str>) {
        let name = told.get("authentication_policy").and_then(Value::as_str);
        let Some(policy) = name.and_then(|name| self.by_name.get_mut(name)) else {
            return;
        };
        for field in fields {
            let setting = SETTINGS.iter().find(|(of_account, _)| *of_account == field);
            if let Some((_, setting)) = setting {
                let n = policy.n;
                let known = policy.settings.entry(setting);
                let unknown = Setting {
                    value: None,
                    n,
                    members: 0,
                };
                known.or_insert(unknown).value = None;
            }
        }
    }

    /// Writes `authentication_policies`, and says how complete it is.
    pub fn write(
        &self,
        file: &mut DatasetFile,
        exports: &ExportsStatement,
        stale: &[Option<String>],
    ) -> Result<Completeness, SnapshotError> {
        for (name, policy) in &self.by_name {
            file.push(&policy.record(file, name))?;
        }
        let managed: Vec<(&ExportStatement, Option<&String>)> = exports
            .files
            .iter()
            .zip(stale)
            .filter(|(file, _)| file.kind == ExportKind::ManagedAccounts)
            .map(|(file, stale)| (file, stale.as_ref()))
            .collect();
        if managed.is_empty() {
            return Ok(Completeness::NotRequested);
        }
        let used: Vec<&ExportStatement> = managed
            .iter()
            .filter(|(_, stale)| stale.is_none())
            .map(|(file, _)| *file)
            .collect();
        if used.is_empty() {
            let why = managed
                .iter()
                .filter_map(|(file, stale)| Some(format!("`{}`: {}", file.file, stale.as_ref()?)));
            return Ok(Completeness::Stale {
                detail: why.collect::<Vec<_>>().join("; "),
            });
        }
        Ok(self.completeness(&used))
    }

    fn completeness(&self, used: &[&ExportStatement]) -> Completeness {
        let most = |count: fn(&ExportStatement) -> u64| used.iter().map(|file| count(file)).max();
        // Accounts whose address is hidden may be those of rows that no account was found for, one of each.
        let alone = |file: &ExportStatement| file.fit.unmatched.count + file.fit.unjoinable();
        let alone: u64 = used.iter().map(|file| alone(file)).sum();
        let hidden = most(|file| file.fit.hidden).unwrap_or(0);
        let missing = most(|file| file.fit.missing).unwrap_or(0) + hidden.saturating_sub(alone);
        let problems = [
            (
                missing,
                (
                    "account that the API calls managed is",
                    "accounts that the API calls managed are",
                ),
                "in no row of the export".to_owned(),
            ),
            (
                self.unnamed,
                ("row names", "rows name"),
                "no authentication policy".to_owned(),
            ),
            (
                self.too_many,
                ("row names a policy", "rows name policies"),
                format!("beyond the limit of {POLICIES_MAX} (POLICIES_MAX)"),
            ),
        ];
        let problems: Vec<String> = problems
            .iter()
            .filter(|(count, _, _)| *count > 0)
            .map(|(count, (one, many), what)| {
                format!("{count} {} {what}", if *count == 1 { one } else { many })
            })
            .collect();
        if problems.is_empty() {
            return Completeness::Whole;
        }
        Completeness::Cut {
            reason: CutReason::SourceNotWhole,
            detail: problems.join("; "),
        }
    }
}

impl Policy {
    fn record(&self, file: &DatasetFile, name: &str) -> Record {
        // One row stands for all that the record says: of several files the oldest that was needed.
        let told = self.settings.values().map(|setting| setting.n);
        let n = told.fold(self.n, u64::max);
        let mut record = file.record(name, n);
        let mut set = |field: &str, value: FieldValue| record.set(field, value, 0, n);
        set("name", FieldValue::Text(name.to_owned()));
        for (setting, value) in &self.settings {
            if let Some(value) = value.value.as_ref().and_then(FieldValue::of_cell) {
                set(setting, value);
            }
        }
        set("member_count", count(self.members));
        if let Some(active) = self.active {
            set("active_member_count", count(active));
        }
        let compared = || {
            let settings = self.settings.iter();
            settings.filter(|(setting, _)| !READ_OUT.contains(setting))
        };
        let contradictions: BTreeSet<&str> = compared()
            .filter(|(_, known)| known.value.is_none())
            .map(|(setting, _)| *setting)
            .collect();
        // Rows that tell nothing, or some of which do not tell what others do, may differ in what they leave out.
        let is_told = compared().next().is_some()
            && compared().all(|(_, known)| known.members == self.members);
        if is_told || !contradictions.is_empty() {
            let words = contradictions
                .into_iter()
                .map(|word| FieldValue::Text(word.to_owned()));
            set("contradictions", FieldValue::List(words.collect()));
        }
        record
    }
}

fn count(number: u64) -> FieldValue {
    FieldValue::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Names of the sources of `exports`, each in the place of its kind.
pub(super) fn sources() -> Vec<&'static str> {
    ExportKind::ALL.map(ExportKind::source).to_vec()
}

/// Writes `exports`: one record a file.
pub(super) fn write_exports(
    file: &mut DatasetFile,
    dataset: &'static Dataset,
    exports: &ExportsStatement,
) -> Result<(), SnapshotError> {
    for export in &exports.files {
        let source = export.kind as usize;
        // The header: what is told of the file is told by all of it.
        let n = 1;
        let id = format!(
            "{}-{}",
            export.kind.word(),
            &export.sha256[..16.min(export.sha256.len())]
        );
        let mut record = Record::new(dataset, &id, source, n);
        let text = |text: &str| FieldValue::Text(text.to_owned());
        let fit = &export.fit;
        let day = export.extracted_on.map(|day| text(&day.to_string()));
        let dated_by = export.dated_by.map(|by| text(by.word()));
        for (field, value) in [
            ("file", Some(text(&export.file))),
            ("kind", Some(text(export.kind.word()))),
            ("extracted_on", day),
            ("dated_by", dated_by),
            ("rows", Some(count(export.rows))),
            ("matched_rows", Some(count(fit.matched))),
            ("unmatched_rows", Some(count(fit.unmatched.count))),
            ("unjoinable_rows", Some(count(fit.unjoinable()))),
            ("duplicate_rows", Some(count(fit.duplicate.count))),
            ("missing_accounts", Some(count(fit.missing + fit.hidden))),
            ("unread_cells", Some(count(export.unread_cell_count()))),
        ] {
            if let Some(value) = value {
                record.set(field, value, source, n);
            }
        }
        file.push(&record)?;
    }
    Ok(())
}
