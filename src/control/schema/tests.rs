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
