use super::*;
use std::collections::BTreeSet;

#[test]
fn every_dataset_and_field_has_a_unique_snake_case_name_and_a_meaning() {
    let snake = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let mut names = BTreeSet::new();
    for dataset in DATASETS {
        assert!(snake(dataset.name) && names.insert(dataset.name));
        assert!(!dataset.record_is.is_empty() && !dataset.sources.is_empty());
        let mut fields = BTreeSet::new();
        for field in dataset.fields {
            assert!(
                snake(field.name) && fields.insert(field.name),
                "{}.{}",
                dataset.name,
                field.name
            );
            assert!(
                !field.meaning.is_empty() && !field.sources.is_empty(),
                "{}.{}",
                dataset.name,
                field.name
            );
        }
    }
}

#[test]
fn every_record_starts_with_its_id_and_has_a_label() {
    for dataset in DATASETS {
        assert_eq!(dataset.fields[0].name, "id", "{}", dataset.name);
        assert!(
            dataset.field(dataset.label).is_some(),
            "{}: label {}",
            dataset.name,
            dataset.label
        );
    }
}

#[test]
fn a_product_is_told_in_the_same_words_wherever_it_stands() {
    let kind = |name: &str, field: &str| {
        let field = dataset(name).and_then(|dataset| dataset.field(field));
        field.expect("a field of a dataset").kind
    };
    let FieldType::Records(parts) = kind("accounts", "product_access") else {
        panic!("the products of an account are records");
    };
    let key = parts.iter().find(|part| part.name == "key");
    let words = kind("workspaces", "type_key").words();
    assert!(words.is_some());
    assert_eq!(key.expect("a key").kind.words(), words);
    assert_eq!(kind("product_access", "product_key").words(), words);
}
