//! The audit log, read without gaps: what to ask for next, when the end is reached, and what that shows.
//!
//! [`Walk`] turns answers into the next request and, at the end, into a statement of what was covered. It
//! sends nothing and keeps nothing: whoever drives it (a run of `collect`, for one) sends each [`Ask`], makes
//! the answer durable, and only then hands it over. A walk that is led through the same answers again comes
//! to the same place, so an interrupted one goes on from what was kept.
//!
//! The log is sorted and asked for by the time at which an event was *processed*; a period is about the time
//! at which it *happened*, which is earlier. [`AskedPeriod`] and [`Walk`] keep the two apart.

mod period;
mod walk;

pub use period::{AskedPeriod, LAST_DAYS_DEFAULT, SETTLING};
pub use walk::{
    Answer, Ask, EventPage, FALLBACK_COUNT_MAX, IDLE_PAGE_COUNT_MAX, OVERLAP, PAGE_EVENTS, Stamp,
    Walk, Walked,
};
