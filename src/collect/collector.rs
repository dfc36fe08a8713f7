//! What a collector says of its listing: where it stands, how it goes from page to page, what it counts, and which
//! member of a wire record becomes which field of the catalog.

use super::client::Verb;
use super::pace::Rate;

/// One listing of the API, and what its records become.
#[derive(Debug)]
pub struct Collector {
    /// Name of its journal.
    pub name: &'static str,
    /// The dataset of the catalog that it fills.
    pub dataset: &'static str,
    /// Its name among the dataset's sources.
    pub source: &'static str,
    /// How it asks.
    pub method: Verb,
    /// Path below the host, `{org}` for the organisation id.
    pub path: &'static str,
    /// How it gets from one page to the next.
    pub paging: Paging,
    /// What it is asked for once each, if it is no single listing.
    pub parts: Parts,
    /// What is asked where the API answers this request with 404.
    pub fallback: Option<&'static Fallback>,
    /// The limit that the vendor documents for this endpoint, if there is one.
    pub rate: Option<Rate>,
    /// Where the API's own count stands.
    pub count: Count,
    /// Member of the answer that holds the records.
    pub list: &'static str,
    /// Member of a wire record that identifies it.
    pub id: &'static str,
    /// Which member becomes which field. The id is not repeated here.
    pub origins: &'static [Origin],
}

/// An older endpoint with the same records, asked only where the newer one answers 404. It is a GET, and
/// counted by the same count.
#[derive(Debug)]
pub struct Fallback {
    /// Its name among the dataset's sources.
    pub source: &'static str,
    /// Path below the host, `{org}` for the organisation id.
    pub path: &'static str,
    /// How it gets from one page to the next.
    pub paging: Paging,
    /// Members of its records that it cannot be asked to fill, as the newer one can: whatever stands there, an
    /// empty list for one, says nothing.
    pub untold: &'static [&'static str],
}

/// How a listing is asked for, page after page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// One document, no pages.
    Document,
    /// A list in one answer: no way to ask for a second page is documented.
    List,
    /// Cursor in the query, behind these names and values.
    Query(&'static [(&'static str, &'static str)]),
    /// Cursor in the body, beside what this JSON object holds.
    Body(&'static str),
    /// This JSON object first, then the cursor alone in the body.
    BodyCursorAlone(&'static str),
    /// Number of the first record in the query, counted from 1, behind these names and values.
    Index(&'static [(&'static str, &'static str)]),
    /// The answer is the list itself, without anything around it, and all there is.
    Answer,
    /// By the walker of the audit log.
    AuditLog,
}

/// What a listing is asked for once each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Nothing: it is one listing.
    One,
    /// Each provisioning directory that a key was given for, as `{directory}` in the path.
    Directories,
    /// Each account that another listing tells, as `{account}` in the path. Only for a listing of few
    /// accounts: nothing is ever asked for every account of an organisation.
    Accounts(AccountsOf),
    /// As many accounts as one request may ask about, as `accountIds` in the body.
    Batches(AccountsOf),
}

/// The accounts of another listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountsOf {
    /// Name of its collector.
    pub collector: &'static str,
    /// Which of them.
    pub which: Which,
}

/// Which accounts of a listing are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those that it calls managed.
    Managed,
}

impl Parts {
    /// The listing that has to be read first.
    pub fn accounts_of(self) -> Option<AccountsOf> {
        match self {
            Parts::One | Parts::Directories => None,
            Parts::Accounts(of) | Parts::Batches(of) => Some(of),
        }
    }
}

/// Where the API tells how many records there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Nowhere.
    None,
    /// `meta.total` of each page.
    PageTotal,
    /// A request of its own.
    Request {
        /// Path of a GET, answered by a number or by `{count}`.
        count: &'static str,
        /// Path of a GET that is answered by counts of some kinds of records, if there is one.
        stats: Option<&'static str>,
    },
}

/// Which member of a wire record becomes which field.
#[derive(Debug)]
pub struct Origin {
    /// Name of the field in the catalog.
    pub field: &'static str,
    /// Where it stands: names joined by `.`; `[]` behind a name means each element of that list.
    pub path: &'static str,
    /// For a list of records: where their members stand.
    pub members: &'static [Origin],
    /// How its letters are written.
    pub case: Case,
}

/// How the letters of a word are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// As received.
    AsReceived,
    /// In lower case.
    Lower,
    /// An id without the ARI around it: some answers name `ari:cloud:identity::group/g`, others `g`.
    BareId,
}

/// The field `field` stands at `path`.
pub(super) const fn from(field: &'static str, path: &'static str) -> Origin {
    Origin {
        field,
        path,
        members: &[],
        case: Case::AsReceived,
    }
}

/// The field `field` is the list of records at `path`, whose members stand as `members` says.
pub(super) const fn records(
    field: &'static str,
    path: &'static str,
    members: &'static [Origin],
) -> Origin {
    Origin {
        members,
        ..from(field, path)
    }
}

impl Origin {
    /// The same, in lower case.
    pub(super) const fn lower_case(self) -> Origin {
        Origin {
            case: Case::Lower,
            ..self
        }
    }

    /// The same, as the id alone.
    pub(super) const fn bare_id(self) -> Origin {
        Origin {
            case: Case::BareId,
            ..self
        }
    }
}
