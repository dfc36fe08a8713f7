//! One answer of a listing: its records, its counts, and the cursor of the page behind it.
//!
//! A `next` is only ever read for its cursor, so that the key goes nowhere else, whatever the URL names.

use super::journal::Exchange;
use super::repeats::repeated_member;
use super::{Collector, Paging};
use reqwest::Url;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// Bytes of one cursor: longer ones are no cursors.
const CURSOR_BYTES_MAX: usize = 16 << 10;

/// One page of a listing, as text that is not yet looked into.
#[derive(Debug)]
pub struct Page<'a> {
    /// Its records.
    pub records: Vec<&'a RawValue>,
    /// Cursor of the next page, if there is one.
    pub next: Option<String>,
    /// The API's own count of all records, if the page tells.
    pub total: Option<u64>,
}

/// Reads the page that `exchange` brought. Used on the wire and again at assembly, so that both mean
/// the same by a page.
///
/// # Errors
/// What is wrong with it, for a reader.
pub fn read_page<'a>(collector: &Collector, exchange: &'a Exchange) -> Result<Page<'a>, String> {
    let text = json_text(exchange)?;
    let broken = |error| format!("the JSON does not read as a page: {error}");
    if collector.paging == Paging::Answer {
        unrepeated(text)?;
        return Ok(Page {
            records: serde_json::from_str(text).map_err(|_| "the answer is no list of records")?,
            next: None,
            total: None,
        });
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(broken)?;
    unrepeated(text)?;
    let list = collector.list;
    if let Paging::Index(_) = collector.paging {
        return numbered_page(list, &members, exchange);
    }
    let data = members
        .get(list)
        .ok_or_else(|| broken(serde::de::Error::missing_field(list)))?;
    if collector.paging == Paging::Document {
        return if data.get().starts_with('{') {
            Ok(Page {
                records: vec![*data],
                next: None,
                total: None,
            })
        } else {
            Err(format!("`{list}` is no object"))
        };
    }
    let records =
        serde_json::from_str(data.get()).map_err(|_| format!("`{list}` is no list of records"))?;
    let part = |name: &str| part(name, members.get(name).copied());
    let (links, meta) = (part("links")?, part("meta")?);
    let next = match next_of(&links)? {
        Some(next) => Some(next),
        None => next_of(&meta)?,
    };
    let total = match &meta["total"] {
        Value::Null => None,
        total => Some(total.as_u64().ok_or("`meta.total` is no count")?),
    };
    Ok(Page {
        records,
        next: next.map(cursor_of).transpose()?,
        total,
    })
}

/// A page that goes by the number of its first record. One without records may leave the list out.
fn numbered_page<'a>(
    list: &str,
    members: &BTreeMap<String, &'a RawValue>,
    exchange: &Exchange,
) -> Result<Page<'a>, String> {
    let number = |name: &str| {
        let text = members.get(name).map(|text| text.get());
        text.map(|text| text.parse::<u64>())
            .transpose()
            .map_err(|_| format!("`{name}` is no number"))
    };
    let asked: u64 = exchange
        .query
        .iter()
        .find(|(name, _)| name == START_INDEX)
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(1);
    let total = number("totalResults")?.ok_or("`totalResults` is missing")?;
    if let Some(start) = number(START_INDEX)?
        && start != asked
    {
        return Err(format!(
            "asked for the records from {asked} on, the answer begins at {start}"
        ));
    }
    let records: Vec<&RawValue> = match members.get(list) {
        Some(data) => serde_json::from_str(data.get())
            .map_err(|_| format!("`{list}` is no list of records"))?,
        None if asked > total => Vec::new(),
        None => return Err(format!("`{list}` is missing")),
    };
    let behind = asked.saturating_add(records.len() as u64);
    // A page without records is the last one: the next would begin where it began.
    let next = (!records.is_empty() && behind <= total).then(|| behind.to_string());
    Ok(Page {
        records,
        next,
        total: Some(total),
    })
}

/// Query parameter, and member of an answer, that numbers the first record of a page.
pub(super) const START_INDEX: &str = "startIndex";

/// A part of a page beside its records: an object, or `null` where it is not there. Anything else is no
/// word on whether more pages follow.
fn part(name: &str, text: Option<&RawValue>) -> Result<Value, String> {
    let Some(text) = text else {
        return Ok(Value::Null);
    };
    match serde_json::from_str(text.get()) {
        Ok(value @ (Value::Object(_) | Value::Null)) => Ok(value),
        Ok(_) => Err(format!("`{name}` is no object")),
        Err(error) => Err(format!("`{name}` does not read: {error}")),
    }
}

/// Refuses a text in which an object names a member twice: it says two things.
fn unrepeated(text: &str) -> Result<(), String> {
    match repeated_member(text) {
        Some(name) => Err(format!("an object names its member `{name}` twice")),
        None => Ok(()),
    }
}

/// The text of the member called `name` of a record, if it is there and not empty: what identifies it. Of
/// several names, joined by `|`, the first that is there counts.
pub fn record_id(text: &str, name: &str) -> Option<String> {
    name.split('|').find_map(|name| {
        let mut reader = serde_json::Deserializer::from_str(text);
        MemberText(name)
            .deserialize(&mut reader)
            .ok()
            .flatten()
            .filter(|id| !id.is_empty())
    })
}

/// Reads one member of an object as text and skips the others.
struct MemberText<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for MemberText<'_> {
    type Value = Option<String>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MemberText<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = members.next_key::<String>()? {
            if name == self.0 {
                found = members.next_value::<Value>()?.as_str().map(str::to_owned);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Reads the count that `exchange` brought: a bare number, or one called `count`.
///
/// # Errors
/// What is wrong with it, for a reader.
pub fn read_count(exchange: &Exchange) -> Result<u64, String> {
    let text = json_text(exchange)?;
    unrepeated(text)?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("the JSON is broken: {error}"))?;
    value
        .get("count")
        .unwrap_or(&value)
        .as_u64()
        .ok_or_else(|| "the answer is no count".to_owned())
}

/// The object of counts by kind that `exchange` brought.
///
/// # Errors
/// What is wrong with it, for a reader.
pub fn read_stats(exchange: &Exchange) -> Result<Value, String> {
    let text = json_text(exchange)?;
    unrepeated(text)?;
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("the answer holds no counts".to_owned()),
        Err(error) => Err(format!("the JSON is broken: {error}")),
    }
}

/// The body of a successful answer, if it calls itself JSON.
fn json_text(exchange: &Exchange) -> Result<&str, String> {
    if !exchange
        .status
        .is_some_and(|status| (200..300).contains(&status))
    {
        return Err("the request did not succeed".to_owned());
    }
    if let Some(kind) = exchange.header("content-type") {
        let essence = kind.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        if essence != "application/json" && !essence.ends_with("+json") {
            return Err(format!("the answer is `{essence}`, not JSON"));
        }
    }
    match (&exchange.body, &exchange.body_base64) {
        (Some(text), _) => Ok(text),
        (None, Some(_)) => Err("the body is not UTF-8".to_owned()),
        (None, None) => Err("there is no body".to_owned()),
    }
}

/// The text of `next` in `part`, with absent, null and empty all meaning the end.
fn next_of(part: &Value) -> Result<Option<&str>, String> {
    match &part["next"] {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err("the link to the next page is no text".to_owned()),
    }
}

/// Reduces a URL to its cursor; anything else is the cursor.
fn cursor_of(next: &str) -> Result<String, String> {
    let is_url = next.starts_with("https://") || next.starts_with("http://");
    let relative = next.starts_with('/') || next.starts_with('?');
    let cursor = if is_url || relative {
        // A relative link is read against a name that is never asked: only its query matters.
        Url::parse("https://next.invalid/")
            .expect("a constant address")
            .join(next)
            .ok()
            .and_then(|url| {
                url.query_pairs()
                    .find(|(name, _)| name == "cursor")
                    .map(|(_, value)| value.into_owned())
            })
            .filter(|cursor| !cursor.is_empty())
            .ok_or_else(|| "the link to the next page holds no cursor".to_owned())?
    } else {
        next.to_owned()
    };
    if cursor.len() > CURSOR_BYTES_MAX {
        return Err(format!(
            "the cursor is longer than {CURSOR_BYTES_MAX} bytes (CURSOR_BYTES_MAX)"
        ));
    }
    Ok(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_reduced_to_its_cursor_whatever_host_it_names() {
        for (next, cursor) in [
            ("bare-Cursor_1", "bare-Cursor_1"),
            ("a+b/c=", "a+b/c="),
            (
                "https://api.atlassian.com/admin/v1/orgs/o/users?cursor=a%2Bb%3D",
                "a+b=",
            ),
            ("https://evil.example/x?limit=1&cursor=c", "c"),
            ("/admin/v1/orgs/o/users?cursor=c", "c"),
        ] {
            assert_eq!(cursor_of(next).as_deref(), Ok(cursor), "{next}");
        }
        assert!(cursor_of("https://api.atlassian.com/admin/v1/orgs/o/users").is_err());
        assert!(cursor_of(&"c".repeat(CURSOR_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn absent_null_and_empty_all_end_a_walk_and_anything_else_but_text_is_broken() {
        for end in ["{}", r#"{"next":null}"#, r#"{"next":""}"#] {
            let value: Value = serde_json::from_str(end).expect("JSON");
            assert_eq!(next_of(&value), Ok(None), "{end}");
        }
        assert!(next_of(&serde_json::json!({"next": 3})).is_err());
    }
}
