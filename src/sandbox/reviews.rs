//! Review sheets that people of the organisation filled in, and what they decided to remove.
//!
//! A sheet is bound to the snapshot that it was made from, so that it is made by `review new`, and only filled in
//! here. It is made from the organisation as it was before the review (kind `before-review`): some who have left
//! since were still active, and a reviewer who saw that decides `remove`. A variant spoils the sheets the way real
//! ones are spoilt.

use super::world::{Account, AccountStatus, World};
use crate::import::review::{BINDING, FILLED_IN};

/// Who reviews, and who reviews what the first one may not: nobody decides about themselves.
const REVIEWERS: [&str; 2] = ["Nadia Farouk", "Tomas Lind"];
/// What a sheet is bound to that was made from another snapshot.
const OTHER_SNAPSHOT: &str = "0000000000000000";

/// How the sheets are filled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReviewVariant {
    /// Every row is decided, and all that was to be removed is gone.
    #[default]
    Fresh,
    /// The first who stays was to be removed as well.
    Undone,
    /// Every second row is not decided.
    Incomplete,
    /// The first row stands twice, decided otherwise: it is refused.
    Conflicting,
    /// It was made from another snapshot: it is refused.
    Stale,
}

/// Every variant by its name, with what it is for.
pub const REVIEW_VARIANTS: &[(&str, &str, ReviewVariant)] = &[
    (
        "fresh",
        "all that was to be removed is gone",
        ReviewVariant::Fresh,
    ),
    (
        "undone",
        "one that was to be removed is still there",
        ReviewVariant::Undone,
    ),
    (
        "incomplete",
        "every second row is not decided",
        ReviewVariant::Incomplete,
    ),
    (
        "conflicting",
        "the first row twice, decided otherwise: refused",
        ReviewVariant::Conflicting,
    ),
    (
        "stale",
        "made from another snapshot: refused",
        ReviewVariant::Stale,
    ),
];

impl ReviewVariant {
    /// Whether `review import` takes no such sheet.
    pub fn is_refused(self) -> bool {
        matches!(self, ReviewVariant::Conflicting | ReviewVariant::Stale)
    }

    /// Whether the row at this place has no decision.
    fn skips(self, place: usize) -> bool {
        self == ReviewVariant::Incomplete && place % 2 == 1
    }
}

/// A sheet cannot be filled in.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum FillError {
    /// It is not what `review new` writes.
    #[error("this is no blank review sheet: {0}")]
    #[diagnostic(help("make one: `tickmark review new accounts SNAPSHOT --out sheet.csv`"))]
    NotBlank(String),
}

/// Fills in the blank `sheet`, which was made from the organisation before the review; `world` is the same one as it
/// is now.
///
/// # Errors
/// It is not what `review new` writes, or a row is decided already.
pub fn fill(world: &World, sheet: &[u8], variant: ReviewVariant) -> Result<Vec<u8>, FillError> {
    let not_blank = |why: String| FillError::NotBlank(why);
    let body = sheet.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sheet);
    let mut reader = csv::Reader::from_reader(body);
    let heads = reader
        .headers()
        .map_err(|error| not_blank(error.to_string()))?
        .clone();
    let place_of = |name: &str| {
        let place = heads.iter().position(|head| head == name);
        place.ok_or_else(|| not_blank(format!("it has no column `{name}`")))
    };
    let [decision, reviewer, ticket] = FILLED_IN.map(place_of);
    let (decision, reviewer, ticket) = (decision?, reviewer?, ticket?);
    let [review, snapshot] = BINDING.map(place_of);
    let (review, snapshot, id) = (review?, snapshot?, place_of("id")?);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut first_stays = true;
    for (place, row) in reader.records().enumerate() {
        let row = row.map_err(|error| not_blank(error.to_string()))?;
        let mut row: Vec<String> = row.iter().map(str::to_owned).collect();
        if !row[decision].is_empty() {
            return Err(not_blank(format!("row {} is decided already", place + 2)));
        }
        if variant == ReviewVariant::Stale {
            row[snapshot] = OTHER_SNAPSHOT.to_owned();
        }
        let is_decided = !variant.skips(place);
        let word = if has_left(world, &row[id]) {
            "remove"
        } else if is_decided && std::mem::take(&mut first_stays) && variant == ReviewVariant::Undone
        {
            match row[review].as_str() {
                // What has happened cannot be removed.
                "events" => "change",
                _ => "remove",
            }
        } else {
            "keep"
        };
        if is_decided {
            let is_own = row.iter().any(|cell| cell.contains(REVIEWERS[0]));
            row[reviewer] = REVIEWERS[usize::from(is_own)].to_owned();
            row[decision] = word.to_owned();
            if word != "keep" {
                row[ticket] = format!("GRC-{}", place + 101);
            }
        }
        rows.push(row);
    }
    if variant == ReviewVariant::Conflicting
        && let Some(mut again) = rows.first().cloned()
    {
        again[decision] = match again[decision].as_str() {
            "keep" => "change",
            _ => "keep",
        }
        .to_owned();
        again[ticket] = "GRC-100".to_owned();
        rows.push(again);
    }
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    let in_memory = "memory takes what is written, and every row has a cell a column";
    writer.write_record(&heads).expect(in_memory);
    for row in rows {
        writer.write_record(row).expect(in_memory);
    }
    Ok(writer.into_inner().expect(in_memory))
}

/// Whether it is an account that was switched off.
fn has_left(world: &World, id: &str) -> bool {
    let mut accounts = world.accounts.iter();
    accounts.any(|account| account.id == id && account.status != AccountStatus::Active)
}

/// Places of the accounts that were still active before the review, and are not any more.
pub(super) fn left_since(accounts: &[Account]) -> impl Iterator<Item = usize> {
    let left = |account: &Account| {
        account.managed
            && account.status == AccountStatus::Inactive
            && !account.memberships.is_empty()
    };
    let places = accounts.iter().enumerate();
    let places = places.filter(move |(_, account)| left(account));
    places.step_by(2).map(|(place, _)| place)
}

/// What a sheet decided to remove.
pub(super) struct Removal {
    /// What was reviewed.
    pub review: &'static str,
    /// Id of the subject.
    pub subject: String,
}

/// What was to be removed, by sheets on accounts, administrators and tokens that were filled in as `variant` says.
pub(super) fn removals(world: &World, variant: ReviewVariant) -> Vec<Removal> {
    let left: Vec<usize> = left_since(&world.accounts).collect();
    let is_listed = |review: &str, place: usize| {
        let account = &world.accounts[place];
        let was_active = account.status == AccountStatus::Active || left.contains(&place);
        was_active && (review == "accounts" || !account.roles.is_empty())
    };
    let mut removals = Vec::new();
    for review in ["accounts", "admins"] {
        let mut listed: Vec<usize> = (0..world.accounts.len())
            .filter(|place| is_listed(review, *place))
            .collect();
        // A sheet stands in the order of the ids.
        listed.sort_by_key(|place| &world.accounts[*place].id);
        let undone = listed.iter().find(|place| !left.contains(place));
        let undone = undone.filter(|_| variant == ReviewVariant::Undone);
        let mut decided = listed.iter().enumerate();
        let decided = decided
            .by_ref()
            .filter(|(row, place)| left.contains(place) && !variant.skips(*row))
            .map(|(_, place)| place);
        removals.extend(decided.chain(undone).map(|place| Removal {
            review,
            subject: world.accounts[*place].id.clone(),
        }));
    }
    let valid =
        |token: &&super::world::Token| token.expires.is_none_or(|expires| expires > world.as_of);
    let first = world
        .tokens
        .iter()
        .filter(valid)
        .map(|token| &token.id)
        .min();
    let undone = first.filter(|_| variant == ReviewVariant::Undone);
    removals.extend(undone.map(|id| Removal {
        review: "tokens",
        subject: id.clone(),
    }));
    removals
}
