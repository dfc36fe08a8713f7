//! Whether the sources of an account agree, and in which words they differ.

use super::dataset::Record;
use super::field::FieldValue;

/// Says whether the sources agree. `all_told`: every source that was asked told of this account. `said`: the name of
/// a source by its place, and when or where it said so in the response or row `n`.
pub(super) fn add_agreement(
    record: &mut Record,
    all_told: bool,
    said: &dyn Fn(usize, u64) -> String,
) {
    let (source, n) = record.source_of("id").expect("every record has its id");
    if let Some(words) = disagreement(record, said) {
        record.set("sources_agree", FieldValue::Boolean(false), source, n);
        record.set("disagreement", FieldValue::Text(words), source, n);
    } else if all_told {
        record.set("sources_agree", FieldValue::Boolean(true), source, n);
        record.set("disagreement", FieldValue::Null, source, n);
    }
}

/// Each field that sources tell differently: the value that the record holds, then the others, each with its
/// source and when that said so.
fn disagreement(record: &Record, said: &dyn Fn(usize, u64) -> String) -> Option<String> {
    let mut fields: Vec<&str> = Vec::new();
    for conflict in &record.conflicts {
        if !fields.contains(&conflict.field) {
            fields.push(conflict.field);
        }
    }
    let words: Vec<String> = fields
        .into_iter()
        .filter_map(|field| {
            let (value, (source, n)) = (record.get(field)?, record.source_of(field)?);
            let others = record.conflicts.iter().filter(|one| one.field == field);
            let others: Vec<String> = others
                .map(|one| format!("{} ({})", in_words(&one.value), said(one.source, one.n)))
                .collect();
            Some(format!(
                "{field} {} ({}), but {}",
                in_words(value),
                said(source, n),
                others.join(" and ")
            ))
        })
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn in_words(value: &FieldValue) -> String {
    match value {
        FieldValue::Null => "none".to_owned(),
        FieldValue::Boolean(value) => value.to_string(),
        FieldValue::Integer(value) => value.to_string(),
        FieldValue::Text(text) => text.clone(),
        FieldValue::Time(time) => format!("{time:.0}"),
        FieldValue::List(elements) if elements.is_empty() => "none".to_owned(),
        FieldValue::List(elements) => {
            let words: Vec<String> = elements.iter().map(in_words).collect();
            words.join(", ")
        }
        FieldValue::Record(_) => "a record".to_owned(),
    }
}
