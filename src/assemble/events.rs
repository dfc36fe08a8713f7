//! `events`: those of the period, each with the name of its action, sorted by time.

use super::dataset::{DatasetFile, Record};
use super::field::FieldValue;
use super::listing::Listing;
use crate::catalog::Dataset;
use crate::snapshot::{Period, PeriodStatement, SnapshotError};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Place of events-stream among the sources of an event.
const STREAM: usize = 0;

/// Place of event-actions.
const ACTIONS: usize = 1;

/// Writes every event of the period. What happened at another time is counted and left out; what tells no time
/// is kept, since nothing shows that it is of another.
pub(super) fn write(
    file: &mut DatasetFile,
    actions: &'static Dataset,
    stream: &Listing,
    actions_listing: &Listing,
) -> Result<(), SnapshotError> {
    let names = Names::of(actions, actions_listing)?;
    let mut outside = 0;
    for received in stream.records()? {
        let received = received?;
        let mut value = received.value().clone();
        make_even(&mut value);
        let mut record = file.record(&received.id, received.n);
        record.fill_from(stream, &value, STREAM, received.n);
        if let (Some(FieldValue::Time(time)), Some(Period { from, to, .. })) =
            (record.get("time"), &stream.period)
            && !(*from..*to).contains(time)
        {
            outside += 1;
            continue;
        }
        if let Some((name, n)) = record
            .text("action")
            .and_then(|action| names.of_action(action))
        {
            record.set("action_name", FieldValue::Text(name), ACTIONS, n);
        }
        file.push(&record)?;
    }
    if let Some(period) = &stream.period {
        file.set_period(PeriodStatement {
            period: period.clone(),
            outside,
        });
    }
    Ok(())
}

/// Names of actions, and the response that told each.
struct Names(BTreeMap<String, (String, u64)>);

impl Names {
    fn of(dataset: &'static Dataset, listing: &Listing) -> Result<Names, SnapshotError> {
        let mut names = BTreeMap::new();
        for received in listing.records()? {
            let received = received?;
            let record = Record::of(dataset, listing, &received);
            if let Some(name) = record.text("display_name") {
                names.insert(received.id.clone(), (name.to_owned(), received.n));
            }
        }
        Ok(Names(names))
    }

    fn of_action(&self, action: &str) -> Option<(String, u64)> {
        self.0.get(action).cloned()
    }
}

/// Makes an event even: what the API writes in several ways is written in one.
///
/// - An object stands where a list of objects is documented: it becomes a list of one.
/// - An actor's `email` without `@` is a word such as `Atlassian app`, and no address.
/// - A location that is left out, or a part of it that is empty, is none.
fn make_even(event: &mut Value) {
    let Some(attributes) = event.get_mut("attributes").and_then(Value::as_object_mut) else {
        return;
    };
    for name in ["context", "container"] {
        if let Some(objects) = attributes.get_mut(name)
            && objects.is_object()
        {
            *objects = Value::Array(vec![objects.take()]);
        }
    }
    let actor = attributes.get_mut("actor").and_then(Value::as_object_mut);
    if let Some(actor) = actor {
        without_words(actor);
        let on_behalf_of = actor.get_mut("onBehalfOf").and_then(Value::as_object_mut);
        on_behalf_of.into_iter().for_each(without_words);
    }
    let location = attributes.entry("location").or_insert(Value::Null);
    if location.is_null() {
        *location = Value::Object(Map::new());
    }
    if let Some(location) = location.as_object_mut() {
        location.retain(|_, part| part.as_str() != Some(""));
    }
}

/// Takes an `email` away that is text without `@`.
fn without_words(person: &mut Map<String, Value>) {
    let is_word = |email: &Value| email.as_str().is_some_and(|email| !email.contains('@'));
    if person.get("email").is_some_and(is_word) {
        person.remove("email");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_api_writes_in_several_ways_is_written_in_one() {
        for (told, even) in [
            (
                json!({"context": {"id": "g"}, "container": [], "location": null}),
                json!({"context": [{"id": "g"}], "container": [], "location": {}}),
            ),
            (
                json!({"location": {"ip": "192.0.2.1", "city": "", "countryName": "Kenya"}}),
                json!({"location": {"ip": "192.0.2.1", "countryName": "Kenya"}}),
            ),
            (
                json!({"actor": {"id": "a", "email": "Atlassian app",
                    "onBehalfOf": {"id": "b", "email": "b@corp.example"}}}),
                json!({"actor": {"id": "a", "onBehalfOf": {"id": "b", "email": "b@corp.example"}},
                    "location": {}}),
            ),
            // What is of the wrong type stays, and is listed when it is read.
            (
                json!({"actor": 7, "location": "Oslo", "context": "x"}),
                json!({"actor": 7, "location": "Oslo", "context": "x"}),
            ),
        ] {
            let mut event = json!({ "attributes": told });
            make_even(&mut event);
            assert_eq!(event["attributes"], even);
        }
        let mut nothing = json!({"id": "e"});
        make_even(&mut nothing);
        assert_eq!(nothing, json!({"id": "e"}));
    }
}
