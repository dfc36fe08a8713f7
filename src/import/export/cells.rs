//! Cells to values: what a cell says in the words of the catalog, or that it says nothing known.

use super::columns::{Column, Role, STRENGTHS, TOLD_ORG_ADMIN, normal, word};
use crate::snapshot::TaughtWord;
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a row tells of one account: fields of the catalog, and the three below.
pub type Told = Map<String, Value>;

/// Newest day of activity, as `YYYY-MM-DD`; no field of the catalog, since the API tells a time.
pub const TOLD_LAST_ACTIVE_ON: &str = "last_active_on";
/// Days of activity before this year are a mistake: there was no console to tell them.
const YEAR_MIN: i16 = 2002;

/// Words that users taught, by column and by cell.
#[derive(Debug, Default)]
pub(super) struct Words {
    of_column: BTreeMap<(&'static str, String), String>,
    of_any: BTreeMap<String, String>,
}

impl Words {
    /// `Err`: what is wrong with a taught word.
    pub fn new(taught: &[TaughtWord]) -> Result<Words, String> {
        let mut words = Words::default();
        for one in taught {
            let cell = normal(&one.cell);
            if cell.is_empty() {
                return Err("it explains an empty cell, which says nothing".to_owned());
            }
            let before = match &one.column {
                Some(name) => {
                    let column = Column::named(name)
                        .ok_or_else(|| format!("there is no column `{name}`"))?;
                    if !understands(column, &one.word) {
                        return Err(unknown_word(Some(column), &one.word));
                    }
                    words
                        .of_column
                        .insert((column.name, cell), one.word.clone())
                }
                None => {
                    if !TAUGHT
                        .iter()
                        .filter_map(|name| Column::named(name))
                        .any(|column| understands(column, &one.word))
                    {
                        return Err(unknown_word(None, &one.word));
                    }
                    words.of_any.insert(cell, one.word.clone())
                }
            };
            if before.is_some_and(|before| before != one.word) {
                return Err(format!("`{}` is explained twice, differently", one.cell));
            }
        }
        Ok(words)
    }

    /// What `cell` stands for, where its column was named.
    fn named(&self, column: &Column, cell: &str) -> Option<&str> {
        let key = (column.name, normal(cell));
        self.of_column.get(&key).map(String::as_str)
    }

    /// What `cell` stands for in a column that says nothing of it.
    fn otherwise(&self, cell: &str) -> Option<&str> {
        self.of_any.get(&normal(cell)).map(String::as_str)
    }
}

/// Columns whose cells can be explained.
pub(super) const TAUGHT: &[&str] = &[
    "status",
    "last_active",
    "billable",
    "policy_type",
    "sso",
    "two_step",
    "password",
    "session",
    "claimed",
    "email_verified",
    "org_role",
];

fn unknown_word(column: Option<&Column>, word: &str) -> String {
    match column {
        Some(column) => format!("`{word}` is no word of the column {}", column.name),
        None => format!("`{word}` is no word of any column"),
    }
}

/// Whether a cell of `column` that holds `text` is understood.
fn understands(column: &Column, text: &str) -> bool {
    if !TAUGHT.contains(&column.name) {
        return false;
    }
    let mut told = Told::new();
    read_known(column, text, &mut told)
}

/// Puts what a cell says into `told`; `false` if it says something that is not known.
///
/// An empty cell says nothing, and that is no mistake.
pub(super) fn read(column: &Column, text: &str, words: &Words, told: &mut Told) -> bool {
    let text = text.trim();
    if text.is_empty() {
        return true;
    }
    if column.role == Role::Password {
        told.insert("password_policy".to_owned(), text.into());
        return password(column, text, words, told);
    }
    if let Some(meant) = words.named(column, text) {
        return read_known(column, meant, told);
    }
    if read_known(column, text, told) {
        return true;
    }
    words
        .otherwise(text)
        .is_some_and(|meant| read_known(column, meant, told))
}

fn read_known(column: &Column, text: &str, told: &mut Told) -> bool {
    let mut set = |field: &str, value: Value| {
        told.insert(field.to_owned(), value);
    };
    let is_yes = |word: &str| Value::Bool(word == "yes");
    match (column.role, column.word(text)) {
        (Role::Status, Some("active")) => set("account_status", "active".into()),
        (Role::Status, Some("deactivated")) => set("account_status", "inactive".into()),
        (Role::Status, Some(_)) => set("membership_status", "suspended".into()),
        (Role::LastActive | Role::LastSeen, Some(_)) => {}
        (Role::LastActive | Role::LastSeen, None) => match day(text) {
            Some(day) => {
                let newest = told.get(TOLD_LAST_ACTIVE_ON).and_then(Value::as_str);
                let day = day.to_string();
                if newest.is_none_or(|newest| newest < day.as_str()) {
                    told.insert(TOLD_LAST_ACTIVE_ON.to_owned(), day.into());
                }
            }
            None => return false,
        },
        (Role::Billable, Some(word)) => set("billable", is_yes(word)),
        (Role::PolicyName, _) => set("authentication_policy", text.into()),
        (Role::PolicyType, Some(word)) => set("authentication_policy_type", word.into()),
        (Role::Sso, Some(word)) => {
            set("sso", is_yes(word));
            let path = if word == "yes" { "sso" } else { "password" };
            set("authentication_path", path.into());
        }
        (Role::TwoStep, Some("required")) => set("two_step_required", true.into()),
        (Role::TwoStep, Some("optional")) => set("two_step_required", false.into()),
        (Role::TwoStep, Some(word)) => set("mfa_enabled", Value::Bool(word == "on")),
        (Role::Password, _) => return password_part(text, told),
        (Role::Session, _) => match minutes(text) {
            Some(minutes) => set("idle_session_minutes", minutes.into()),
            None => return false,
        },
        (Role::Claimed, Some(word)) => set("claimed_by", word.into()),
        (Role::EmailVerified, Some(word)) => set("email_verified", is_yes(word)),
        (Role::OrgAdmin, Some(word)) => set(TOLD_ORG_ADMIN, Value::Bool(word == "org_admin")),
        (Role::AccountId | Role::Name | Role::Email | Role::AddedToOrg | Role::Product, _) => {}
        (
            Role::Status
            | Role::Billable
            | Role::PolicyType
            | Role::Sso
            | Role::TwoStep
            | Role::Claimed
            | Role::EmailVerified
            | Role::OrgAdmin,
            None,
        ) => return false,
    }
    true
}

/// Strength and expiry, in one cell: `Strong; expires after 90 days`. The whole cell may be explained, or a part.
fn password(column: &Column, text: &str, words: &Words, told: &mut Told) -> bool {
    if let Some(meant) = words.named(column, text).or_else(|| words.otherwise(text)) {
        return parts(meant).all(|part| password_part(part, told));
    }
    let mut all = true;
    for part in parts(text) {
        let meant = words.named(column, part);
        all &= match meant {
            Some(meant) => password_part(meant, told),
            None => {
                password_part(part, told)
                    || words
                        .otherwise(part)
                        .is_some_and(|meant| password_part(meant, told))
            }
        };
    }
    all
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', ',', '/', '|', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn password_part(text: &str, told: &mut Told) -> bool {
    if let Some(strength) = word(STRENGTHS, text) {
        told.insert("password_strength".to_owned(), strength.into());
        return true;
    }
    let text = normal(text);
    let expiry = match text.as_str() {
        "never expires" | "does not expire" | "no expiration" | "no expiry" => Value::Null,
        other => {
            let Some(days) = ["expires after ", "expires in ", "expires every "]
                .iter()
                .find_map(|start| other.strip_prefix(start))
                .and_then(whole_days)
            else {
                return false;
            };
            days.into()
        }
    };
    told.insert("password_expires_days".to_owned(), expiry);
    true
}

/// `90 days` as 90.
fn whole_days(text: &str) -> Option<i64> {
    let (number, unit) = text.split_once(' ')?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    matches!(unit, "day" | "days").then_some(number)
}

/// A duration with its unit, in minutes: `30 days`, `8 hours`, `15 min`. A bare number has no unit.
fn minutes(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number: i64 = text[..digits].parse().ok().filter(|number| *number > 0)?;
    let unit = match text[digits..].trim() {
        "m" | "min" | "mins" | "minute" | "minutes" => 1,
        "h" | "hour" | "hours" => 60,
        "d" | "day" | "days" => 24 * 60,
        "week" | "weeks" => 7 * 24 * 60,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// A day, where its order of day and month cannot be mistaken: `2026-09-29`, `29 Sep 2026`, `Sep 29, 2026`, each
/// with a time or without.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let plain = text.get(..10).and_then(|start| start.parse::<Date>().ok());
    let rest_is_time = || {
        let rest = text.get(10..).unwrap_or_default();
        rest.is_empty() || rest.starts_with(['T', ' '])
    };
    let found = match plain {
        Some(day) if rest_is_time() => Some(day),
        _ => named_day(text),
    };
    found.filter(|day| day.year() >= YEAR_MIN)
}

/// A day whose month is a word.
fn named_day(text: &str) -> Option<Date> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let month_of = |word: &str| {
        let of = |month: &str| {
            month == word
                || (word.len() >= 3 && word == &month[..3])
                || word == "sept" && month == "september"
        };
        let place = MONTHS.iter().position(|month| of(month))?;
        i8::try_from(place + 1).ok()
    };
    let [first, second, year, ..] = words.as_slice() else {
        return None;
    };
    let (day, month) = match (month_of(first), month_of(second)) {
        (Some(month), None) => (second, month),
        (None, Some(month)) => (first, month),
        _ => return None,
    };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}
