use super::*;
use crate::catalog;

#[test]
fn every_collector_fills_a_dataset_from_the_request_that_the_catalog_names() {
    for collector in COLLECTORS {
        let dataset = catalog::dataset(collector.dataset).expect("a dataset of the catalog");
        let source = dataset
            .sources
            .iter()
            .find(|source| source.name == collector.source)
            .unwrap_or_else(|| panic!("{}: {}", collector.name, collector.source));
        let method = match collector.method {
            Verb::Get => "GET",
            Verb::Post => "POST",
        };
        assert_eq!(source.request, format!("{method} {}", collector.path));
    }
}

#[test]
fn every_collector_has_a_journal_of_its_own() {
    let names: BTreeSet<&str> = COLLECTORS.iter().map(|collector| collector.name).collect();
    assert_eq!(names.len(), COLLECTORS.len());
}

#[test]
fn futures_that_run_side_by_side_give_their_results_in_order() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let results = runtime.block_on(all((0..5).map(|number| async move {
        for _ in 0..(5 - number) {
            tokio::task::yield_now().await;
        }
        number
    })));
    assert_eq!(results, [0, 1, 2, 3, 4]);
}
