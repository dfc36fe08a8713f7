use super::*;

#[test]
fn schemas_are_valid_draft_07() {
    for schema in [control_schema(), case_schema()] {
        assert_eq!(
            jsonschema::draft7::meta::validate(&schema).map_err(|e| e.to_string()),
            Ok(())
        );
        jsonschema::draft7::new(&schema).expect("every reference leads somewhere");
    }
}

/// Every `enum` of a schema, wherever it stands.
fn enums(schema: &Value) -> Vec<&Value> {
    match schema {
        Value::Object(keys) => keys
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("enum", Value::Array(_)) => vec![value],
                _ => enums(value),
            })
            .collect(),
        Value::Array(elements) => elements.iter().flat_map(enums).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_list_of_words_has_some() {
    for schema in [control_schema(), case_schema()] {
        let enums = enums(&schema);
        assert!(enums.len() > 20);
        // Draft-07 lets one be empty; yaml-language-server refuses the whole schema then.
        assert!(
            enums
                .iter()
                .all(|words| words.as_array().is_some_and(|words| !words.is_empty()))
        );
    }
}
