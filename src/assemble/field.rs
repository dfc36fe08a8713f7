//! One member of a wire record, read as the catalog's type of its field.
//!
//! What does not fit is left out and listed, never guessed: a list of which one element does not read is
//! left out whole, since a shorter list could make a control pass.

use crate::catalog::{Field, FieldType, Omission};
use crate::collect::{Case, Origin};
use crate::snapshot::MisfitKind;
use jiff::Timestamp;
use serde_json::Value;

/// Value of a field, as it stands in a canonical line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FieldValue {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(String),
    Time(Timestamp),
    List(Vec<FieldValue>),
    /// Members in catalog order.
    Record(Vec<(&'static str, FieldValue)>),
}

impl FieldValue {
    /// A number of something.
    pub fn count(count: usize) -> FieldValue {
        FieldValue::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A value that a cell of an export came to.
    pub fn of_cell(value: &Value) -> Option<FieldValue> {
        match value {
            Value::Null => Some(FieldValue::Null),
            Value::Bool(value) => Some(FieldValue::Boolean(*value)),
            Value::Number(number) => number.as_i64().map(FieldValue::Integer),
            Value::String(text) => Some(FieldValue::Text(text.clone())),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            FieldValue::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn elements(&self) -> &[FieldValue] {
        match self {
            FieldValue::List(elements) => elements,
            _ => &[],
        }
    }

    pub fn member(&self, name: &str) -> Option<&FieldValue> {
        match self {
            FieldValue::Record(members) => members
                .iter()
                .find(|(member, _)| *member == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Appends compact JSON.
    pub fn write(&self, line: &mut String) {
        match self {
            FieldValue::Null => line.push_str("null"),
            FieldValue::Boolean(value) => line.push_str(if *value { "true" } else { "false" }),
            FieldValue::Integer(value) => line.push_str(&value.to_string()),
            FieldValue::Text(text) => write_text(text, line),
            FieldValue::Time(time) => write_text(&time.to_string(), line),
            FieldValue::List(elements) => {
                line.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        line.push(',');
                    }
                    element.write(line);
                }
                line.push(']');
            }
            FieldValue::Record(members) => {
                line.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        line.push(',');
                    }
                    write_text(name, line);
                    line.push(':');
                    value.write(line);
                }
                line.push('}');
            }
        }
    }
}

pub(super) fn write_text(text: &str, line: &mut String) {
    line.push_str(&serde_json::to_string(text).expect("text is JSON"));
}

/// What one record holds that does not fit the catalog.
#[derive(Debug, Default)]
pub(super) struct RecordMisfits(pub Vec<(String, MisfitKind, String)>);

impl RecordMisfits {
    pub fn add(&mut self, field: &str, kind: MisfitKind, value: &Value) {
        self.0.push((field.to_owned(), kind, value.to_string()));
    }
}

/// What stands at a path.
enum Found<'v> {
    Here(&'v Value),
    /// Its parent answered, and says `null`.
    Null,
    /// Its parent answered, and does not mention it.
    Omitted,
    /// Its parent did not answer either.
    Untold,
    /// Something on the way is no object.
    Wrong(&'v Value),
}

fn find<'v>(value: &'v Value, path: &str) -> Found<'v> {
    let members = match value {
        Value::Object(members) => members,
        Value::Null => return Found::Untold,
        other => return Found::Wrong(other),
    };
    match path.split_once('.') {
        None => match members.get(path) {
            None => Found::Omitted,
            Some(Value::Null) => Found::Null,
            Some(value) => Found::Here(value),
        },
        Some((name, rest)) => members
            .get(name)
            .map_or(Found::Untold, |inner| find(inner, rest)),
    }
}

/// Reads `field` from `record` where `origin` says. `None`: absent, not known.
pub(super) fn read(
    field: &Field,
    origin: &Origin,
    record: &Value,
    misfits: &mut RecordMisfits,
) -> Option<FieldValue> {
    read_named(field.name, field, origin, record, misfits)
}

fn read_named(
    name: &str,
    field: &Field,
    origin: &Origin,
    record: &Value,
    misfits: &mut RecordMisfits,
) -> Option<FieldValue> {
    let (path, inner) = match origin.path.split_once("[]") {
        Some((path, inner)) => (path, inner.strip_prefix('.').unwrap_or(inner)),
        None => (origin.path, ""),
    };
    let value = match find(record, path) {
        Found::Here(value) => value,
        Found::Null | Found::Omitted => {
            return (field.omission == Omission::None).then_some(FieldValue::Null);
        }
        Found::Untold => return None,
        Found::Wrong(value) => {
            misfits.add(name, MisfitKind::WrongType, value);
            return None;
        }
    };
    let result = match field.kind {
        FieldType::List(kind) => list(*kind, origin.case, value, inner),
        FieldType::Records(fields) => return records(name, fields, origin, value, misfits),
        kind => scalar(kind, origin.case, value).map_err(|kind| (kind, value)),
    };
    let value = result.unwrap_or_else(|(kind, value)| {
        misfits.add(name, kind, value);
        None
    });
    if let Some(value) = &value {
        list_new_words(name, field.kind, value, misfits);
    }
    value
}

/// Lists the words of an open list that the catalog does not hold: a comparison with a known word leaves
/// them aside, and nobody would know.
pub(super) fn list_new_words(
    name: &str,
    kind: FieldType,
    value: &FieldValue,
    misfits: &mut RecordMisfits,
) {
    match (kind, value) {
        (FieldType::OpenWord(words), FieldValue::Text(text)) if !words.contains(&&**text) => {
            misfits.add(name, MisfitKind::NewWord, &Value::from(text.as_str()));
        }
        (FieldType::List(kind), FieldValue::List(elements)) => {
            for element in elements {
                list_new_words(name, *kind, element, misfits);
            }
        }
        _ => {}
    }
}

/// Order carries no meaning and neither does repetition: the list is sorted, each value once.
fn list<'v>(
    kind: FieldType,
    case: Case,
    value: &'v Value,
    inner: &str,
) -> Result<Option<FieldValue>, (MisfitKind, &'v Value)> {
    let wrong = |value| (MisfitKind::WrongType, value);
    let Value::Array(elements) = value else {
        return Err(wrong(value));
    };
    let mut values = Vec::with_capacity(elements.len());
    for element in elements {
        let found = if inner.is_empty() {
            Found::Here(element)
        } else {
            find(element, inner)
        };
        let inner = match found {
            Found::Here(inner) => inner,
            // A documented null: an entitlement without a plan adds no plan. An id is never null.
            Found::Null if kind != FieldType::Id => continue,
            _ => return Err(wrong(element)),
        };
        match scalar(kind, case, inner) {
            Ok(Some(value)) => values.push(value),
            Ok(None) => return Err(wrong(inner)),
            Err(kind) => return Err((kind, inner)),
        }
    }
    values.sort();
    values.dedup();
    Ok(Some(FieldValue::List(values)))
}

fn records(
    name: &str,
    fields: &'static [Field],
    origin: &Origin,
    value: &Value,
    misfits: &mut RecordMisfits,
) -> Option<FieldValue> {
    let objects = match value {
        Value::Array(elements) if elements.iter().all(Value::is_object) => elements,
        other => {
            misfits.add(name, MisfitKind::WrongType, other);
            return None;
        }
    };
    let mut list: Vec<FieldValue> = objects
        .iter()
        .map(|object| {
            let members = fields.iter().filter_map(|field| {
                let origin = origin
                    .members
                    .iter()
                    .find(|member| member.field == field.name)?;
                let name = format!("{name}.{}", field.name);
                let value = read_named(&name, field, origin, object, misfits)?;
                Some((field.name, value))
            });
            FieldValue::Record(members.collect())
        })
        .collect();
    list.sort();
    list.dedup();
    Some(FieldValue::List(list))
}

/// `Ok(None)`: there is a value, but it says nothing.
fn scalar(kind: FieldType, case: Case, value: &Value) -> Result<Option<FieldValue>, MisfitKind> {
    match (kind, value) {
        (FieldType::Boolean, Value::Bool(value)) => Ok(Some(FieldValue::Boolean(*value))),
        (FieldType::Integer, Value::Number(number)) => number
            .as_i64()
            .map(|number| Some(FieldValue::Integer(number)))
            .ok_or(MisfitKind::WrongType),
        (kind, Value::String(text)) => text_value(kind, case, text),
        _ => Err(MisfitKind::WrongType),
    }
}

fn text_value(kind: FieldType, case: Case, text: &str) -> Result<Option<FieldValue>, MisfitKind> {
    let text = match case {
        Case::AsReceived => text.to_owned(),
        Case::Lower => text.to_lowercase(),
        Case::BareId => bare_id(text).to_owned(),
    };
    let value = match kind {
        FieldType::Text | FieldType::IpRange => FieldValue::Text(text),
        FieldType::Id | FieldType::OpenWord(_) if text.is_empty() => {
            return Err(MisfitKind::WrongType);
        }
        FieldType::Id | FieldType::OpenWord(_) => FieldValue::Text(text),
        FieldType::Word(words) if words.contains(&text.as_str()) => FieldValue::Text(text),
        FieldType::Word(_) => return Err(MisfitKind::UnknownWord),
        FieldType::Email => {
            match email_address(&text) {
                Some(address) => FieldValue::Text(address),
                // An address that its owner hides may be sent empty.
                None if text.trim().is_empty() => return Ok(None),
                None => return Err(MisfitKind::WrongType),
            }
        }
        FieldType::DomainName => match domain_name(&text) {
            Some(name) => FieldValue::Text(name),
            None => return Err(MisfitKind::WrongType),
        },
        FieldType::Timestamp => match text.parse() {
            Ok(time) => FieldValue::Time(time),
            Err(_) => return Err(MisfitKind::WrongType),
        },
        FieldType::Date => match text.parse::<jiff::civil::Date>() {
            Ok(date) => FieldValue::Text(date.to_string()),
            Err(_) => return Err(MisfitKind::WrongType),
        },
        FieldType::Boolean | FieldType::Integer | FieldType::List(_) | FieldType::Records(_) => {
            return Err(MisfitKind::WrongType);
        }
    };
    Ok(Some(value))
}

/// What stands behind the last `/` of an ARI; any other id as it is.
fn bare_id(text: &str) -> &str {
    match text.strip_prefix("ari:") {
        Some(ari) => ari.rsplit_once('/').map_or(text, |(_, id)| id),
        None => text,
    }
}

/// An address as the catalog writes it: trimmed, ASCII lower case, with something on both sides of its `@`.
pub(super) fn email_address(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let (name, domain) = text.rsplit_once('@')?;
    (!name.is_empty() && !domain.is_empty()).then_some(text)
}

/// A domain as the catalog writes it: trimmed, lower case, without the root's dot.
pub(super) fn domain_name(text: &str) -> Option<String> {
    let name = text.trim().trim_end_matches('.').to_lowercase();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::collect::COLLECTORS;
    use serde_json::json;

    /// Reads `field` of the collector called `collector` from `record`: the JSON text or "absent", and
    /// the misfits.
    fn check(collector: &str, field: &str, record: Value) -> (String, Vec<(String, MisfitKind)>) {
        let collector = COLLECTORS
            .iter()
            .find(|entry| entry.name == collector)
            .expect("a collector");
        let dataset = catalog::dataset(collector.dataset).expect("its dataset");
        let origin = collector
            .origins
            .iter()
            .find(|origin| origin.field == field)
            .expect("an origin");
        let mut misfits = RecordMisfits::default();
        let mut text = String::new();
        match read(
            dataset.field(field).expect("a field"),
            origin,
            &record,
            &mut misfits,
        ) {
            Some(value) => value.write(&mut text),
            None => text.push_str("absent"),
        }
        let misfits = misfits
            .0
            .into_iter()
            .map(|(field, kind, _)| (field, kind))
            .collect();
        (text, misfits)
    }

    fn fits(collector: &str, field: &str, record: Value) -> String {
        let (text, misfits) = check(collector, field, record);
        assert!(misfits.is_empty(), "{misfits:?}");
        text
    }

    #[test]
    fn null_is_written_only_where_the_catalog_lets_an_omission_mean_none() {
        assert_eq!(fits("api_tokens", "expires_at", json!({})), "null");
        assert_eq!(
            fits("api_tokens", "expires_at", json!({"expiresAt": null})),
            "null"
        );
        assert_eq!(
            fits("api_tokens", "created_at", json!({"createdAt": null})),
            "absent"
        );
        assert_eq!(fits("accounts", "mfa_enabled", json!({})), "absent");
        // The part of the record that would hold it was not sent: nobody said that there is none.
        assert_eq!(fits("workspaces", "host_url", json!({})), "absent");
        assert_eq!(
            fits("workspaces", "host_url", json!({"attributes": {}})),
            "null"
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_absent_and_listed() {
        for (collector, field, record) in [
            ("accounts", "mfa_enabled", json!({"mfaEnabled": "true"})),
            ("accounts", "email", json!({"email": "nobody"})),
            (
                "accounts",
                "added_to_org_at",
                json!({"addedToOrg": "yesterday"}),
            ),
            ("groups", "user_count", json!({"counts": {"users": 1.5}})),
            (
                "domains",
                "claim_status",
                json!({"attributes": {"claim": 7}}),
            ),
            (
                "policies",
                "rule_values",
                json!({"attributes": {"rule": ["a"]}}),
            ),
            (
                "accounts",
                "platform_roles",
                json!({"platformRoles": ["atlassian/user", 3]}),
            ),
            (
                "accounts",
                "group_ids",
                json!({"groups": [{"id": "g"}, {"name": "x"}]}),
            ),
            ("accounts", "group_ids", json!({"groups": [{"id": null}]})),
            (
                "accounts",
                "product_access",
                json!({"productAccess": [{"id": "p"}, 4]}),
            ),
        ] {
            let (text, misfits) = check(collector, field, record);
            assert_eq!(text, "absent", "{field}");
            assert_eq!(misfits, [(field.to_owned(), MisfitKind::WrongType)]);
        }
    }

    #[test]
    fn an_unknown_word_of_a_closed_list_is_absent_and_of_an_open_one_taken() {
        let (text, misfits) = check("accounts", "claim_status", json!({"claimStatus": "shared"}));
        assert_eq!(text, "absent");
        assert_eq!(
            misfits,
            [("claim_status".to_owned(), MisfitKind::UnknownWord)]
        );
        let source = json!({"managementSource": "carrier pigeon"});
        assert_eq!(
            check("accounts", "management_source", source),
            (
                "\"carrier pigeon\"".to_owned(),
                vec![("management_source".to_owned(), MisfitKind::NewWord)]
            )
        );
    }

    #[test]
    fn values_are_written_one_way() {
        for (collector, field, record, text) in [
            (
                "accounts",
                "email",
                json!({"email": " Ada@Example.COM\n"}),
                "\"ada@example.com\"",
            ),
            ("accounts", "email", json!({"email": ""}), "absent"),
            (
                "accounts",
                "added_to_org_at",
                json!({"addedToOrg": "2026-01-02T03:04:05.100+02:00"}),
                "\"2026-01-02T01:04:05.1Z\"",
            ),
            (
                "domains",
                "name",
                json!({"attributes": {"name": "Example.COM."}}),
                "\"example.com\"",
            ),
            (
                "accounts",
                "platform_roles",
                json!({"platformRoles": ["atlassian/user", "atlassian/admin", "atlassian/user"]}),
                "[\"atlassian/admin\",\"atlassian/user\"]",
            ),
            (
                "workspaces",
                "plan_keys",
                json!({"relationships": {"entitlements": [
                    {"attributes": {"planKey": "PREMIUM"}},
                    {"attributes": {"planKey": null}},
                ]}}),
                "[\"premium\"]",
            ),
            (
                "accounts",
                "product_access",
                json!({"productAccess": [
                    {"key": "trello", "id": "2"},
                    {"lastActiveTimestamp": "2026-01-01T00:00:00.000Z", "key": "loom", "id": "1"},
                ]}),
                r#"[{"id":"1","key":"loom","last_active_at":"2026-01-01T00:00:00Z"},{"id":"2","key":"trello","last_active_at":null}]"#,
            ),
        ] {
            assert_eq!(fits(collector, field, record), text);
        }
    }

    #[test]
    fn every_origin_names_a_field_that_its_dataset_takes_from_that_source() {
        for collector in COLLECTORS {
            let dataset = catalog::dataset(collector.dataset).expect("its dataset");
            for origin in collector.origins {
                let field = dataset.field(origin.field);
                let field = field.unwrap_or_else(|| panic!("{}: {}", collector.name, origin.field));
                assert!(
                    field.sources.contains(&collector.source),
                    "{}",
                    origin.field
                );
                if let FieldType::Records(fields) = field.kind {
                    assert_eq!(
                        fields.iter().map(|field| field.name).collect::<Vec<_>>(),
                        origin
                            .members
                            .iter()
                            .map(|member| member.field)
                            .collect::<Vec<_>>()
                    );
                }
            }
        }
    }
}
