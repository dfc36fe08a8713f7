//! Whether the period of a dataset holds all that a population asks about.
//!
//! A whole dataset of a period says nothing about what happened at another time. A control that names no time
//! speaks of the period; one that does may ask about more of it than there is.
//!
//! What a condition asks about is not read from how it is written, but tried: on records that tell nothing but
//! their time, at moments inside the period and outside it. Those that a condition names are tried besides, since it may
//! ask about less than lies between two others.

use super::check::{self, Context};
use crate::catalog::DatasetRef;
use crate::plan::{Exclusion, Population};
use crate::snapshot::PeriodStatement;
use crate::value::{Duration, Projection, Truth};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// How long before the point in time of an assessment a period may end: a run takes its time, and what happened
/// last has not settled.
const LAG_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Days outside a period that are tried one by one.
const DAYS_TRIED: i64 = 730;

/// Months of 30 days that are tried behind those.
const MONTHS_TRIED: i64 = 100;

/// Hours of a period that are tried one by one, from its end.
const HOURS_TRIED: i32 = 730 * 24;

/// Length of a day in text: `2026-07-01`.
const DAY_BYTES: usize = 10;

/// What the population asks about that `period` does not hold, for a reader; `None` if there is nothing.
pub(super) fn beyond(
    population: &Population,
    exclusions: &[Exclusion],
    statement: &PeriodStatement,
    context: Context<'_>,
) -> Option<String> {
    let period = &statement.period;
    let day = SignedDuration::from_hours(24);
    let back = |from: Timestamp, days: i64| from.checked_sub(day * i32::try_from(days).ok()?).ok();
    let before = std::iter::once(period.from.checked_sub(SignedDuration::from_millis(1)).ok())
        .chain((1..=DAYS_TRIED).map(|days| back(period.from, days)))
        .chain((1..=MONTHS_TRIED).map(|months| back(period.from, DAYS_TRIED + 30 * months)))
        .flatten();
    let settled = context.as_of.checked_sub(LAG_MAX).unwrap_or(Timestamp::MIN);
    let after = (0..DAYS_TRIED)
        .map_while(|days| back(settled, days))
        .take_while(|at| *at >= period.to);
    let named = moments_named(population, exclusions).into_iter();
    let named = named.filter(|at| *at < period.from || (*at >= period.to && *at <= settled));
    let outside: Vec<Timestamp> = before.chain(after).chain(named).collect();
    let inside = (0..DAYS_TRIED)
        .map_while(|days| back(period.to, days))
        .take_while(|at| *at >= period.from);
    let names = || population.dataset.field_names().into_iter();
    let projection = Projection::new(names(), names());
    let asked_at = |at: Timestamp| Asked::at(at, &projection, population, exclusions, context);
    let tried: Vec<Asked> = outside.iter().map(|at| asked_at(*at)).collect();
    let mut all = tried.clone();
    all.extend(inside.map(asked_at));
    let varies = Varies::among(&all);
    let mut missed = outside.iter().zip(&tried);
    let (at, _) = missed.find(|(_, asked)| varies.any() && varies.lets_through(asked))?;
    Some(format!(
        "the control asks about {at} too, and the records are of {} to {}",
        period.from, period.to
    ))
}

/// Why `span`, within which subjects are counted by a value, is longer than the time that is looked at of `period`; for
/// a reader, `None` if it fits.
pub(super) fn does_not_hold(
    span: Duration,
    population: &Population,
    exclusions: &[Exclusion],
    statement: &PeriodStatement,
    context: Context<'_>,
) -> Option<String> {
    let period = &statement.period;
    let hour = SignedDuration::from_hours(1);
    let hours = (0..HOURS_TRIED)
        .map_while(|hours| period.to.checked_sub(hour * hours).ok())
        .take_while(|at| *at >= period.from);
    let named = moments_named(population, exclusions).into_iter();
    let named = named.filter(|at| *at >= period.from && *at < period.to);
    let inside: BTreeSet<Timestamp> = hours.chain(named).collect();
    let names = || population.dataset.field_names().into_iter();
    let projection = Projection::new(names(), names());
    let asked_at = |at: &Timestamp| Asked::at(*at, &projection, population, exclusions, context);
    let tried: Vec<Asked> = inside.iter().map(asked_at).collect();
    let varies = Varies::among(&tried);
    // The longest time from one moment that is not looked at to the next one.
    let settled = period.to.checked_add(LAG_MAX).unwrap_or(period.to);
    let end = context.as_of.min(settled);
    let mut since = period.from;
    let mut looked_at = SignedDuration::ZERO;
    let outside = inside.iter().zip(&tried);
    let outside = outside.filter(|(_, asked)| !varies.lets_through(asked));
    for at in outside.map(|(at, _)| *at).chain([end]) {
        looked_at = looked_at.max(at.duration_since(since));
        since = at;
    }
    let length = SignedDuration::from_hours(span.hours().into());
    (length > looked_at).then(|| {
        format!(
            "the control counts within {span}, and the records looked at are of {} to {}, or of less",
            period.from, period.to
        )
    })
}

/// Moments that the population and the exclusions name in their words, and those just before and after each.
fn moments_named(population: &Population, exclusions: &[Exclusion]) -> BTreeSet<Timestamp> {
    let mut moments = BTreeSet::new();
    let mut add = |label: &str| {
        let step = SignedDuration::from_millis(1);
        for at in moments_in(label) {
            let beside = [at.checked_sub(step), at.checked_add(step)];
            moments.extend(beside.into_iter().flatten().chain([at]));
        }
    };
    population.parts.iter().for_each(|part| add(&part.label));
    let checks = exclusions.iter().map(|exclusion| &exclusion.check);
    checks.for_each(|check| add(&check.label()));
    moments
}

/// Times that stand in `text`, and the beginnings of days.
fn moments_in(text: &str) -> impl Iterator<Item = Timestamp> + '_ {
    let is_of_a_time =
        |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | ':' | '.' | 'T' | 'Z');
    text.split(move |c: char| !is_of_a_time(c))
        .filter_map(|word| {
            word.parse().ok().or_else(|| {
                let day: Date = word.get(..DAY_BYTES)?.parse().ok()?;
                Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
            })
        })
}

/// What each part of a population, and each exclusion, says of a record of which only the time is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    parts: Vec<Truth>,
    exclusions: Vec<Truth>,
}

impl Asked {
    fn at(
        at: Timestamp,
        projection: &Projection,
        population: &Population,
        exclusions: &[Exclusion],
        context: Context<'_>,
    ) -> Asked {
        let line = line_of(&population.dataset, at);
        let mut slots = Vec::new();
        let record = projection
            .scan(&line, &mut slots)
            .expect("a canonical line of our own");
        Asked {
            parts: population
                .parts
                .iter()
                .map(|part| check::part_truth(part, record, context))
                .collect(),
            exclusions: exclusions
                .iter()
                .map(|exclusion| check::truth(&exclusion.check, record, context))
                .collect(),
        }
    }
}

/// A record that tells when, and nothing else.
fn line_of(dataset: &DatasetRef, at: Timestamp) -> String {
    let times = ["time", "processed_at"].into_iter();
    let members: Vec<String> = times
        .filter(|name| dataset.field(name).is_some())
        .map(|name| format!("\"{name}\":\"{at}\""))
        .collect();
    format!("{{\"id\":\"-\",{}}}", members.join(","))
}

/// Places of the parts and exclusions that are about time: what they say is not the same at any time.
struct Varies {
    parts: Vec<usize>,
    exclusions: Vec<usize>,
}

impl Varies {
    fn among(tried: &[Asked]) -> Varies {
        let varying = |of: fn(&Asked) -> &Vec<Truth>| -> Vec<usize> {
            let Some(first) = tried.first() else {
                return Vec::new();
            };
            (0..of(first).len())
                .filter(|place| tried.iter().any(|one| of(one)[*place] != of(first)[*place]))
                .collect()
        };
        Varies {
            parts: varying(|asked| &asked.parts),
            exclusions: varying(|asked| &asked.exclusions),
        }
    }

    fn any(&self) -> bool {
        !self.parts.is_empty() || !self.exclusions.is_empty()
    }

    /// Whether a record of that time may be in scope, as far as time decides.
    fn lets_through(&self, asked: &Asked) -> bool {
        self.parts
            .iter()
            .all(|place| asked.parts[*place] != Truth::False)
            && self
                .exclusions
                .iter()
                .all(|place| asked.exclusions[*place] != Truth::True)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_found_in_words() {
        let text = "time is between 2026-06-01T05:00:00Z and 2026-06-02, or '2026-06-03T01:00:00+02:00' 12 x-1 ü";
        let found: Vec<String> = moments_in(text).map(|at| at.to_string()).collect();
        assert_eq!(
            found,
            [
                "2026-06-01T05:00:00Z",
                "2026-06-02T00:00:00Z",
                "2026-06-02T23:00:00Z"
            ]
        );
    }
}
