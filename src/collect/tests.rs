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
fn what_the_catalog_says_of_limits_is_what_the_collectors_keep_to() {
    for request in requests() {
        let collector = collector(request.collector);
        let dataset = catalog::dataset(collector.dataset).expect("a dataset of the catalog");
        let name = match collector.fallback {
            Some(fallback) if fallback.path == request.path => fallback.source,
            _ => collector.source,
        };
        let source = dataset.sources.iter().find(|source| source.name == name);
        let source = source.unwrap_or_else(|| panic!("{name} is in the catalog"));
        if !request.purpose.starts_with("page") {
            continue;
        }
        let method = match request.method {
            Verb::Get => "GET",
            Verb::Post => "POST",
        };
        assert_eq!(source.request, format!("{method} {}", request.path));
        let a_minute = source.requests_a_minute.map(|limit| limit as usize);
        assert_eq!(request.a_minute, a_minute, "{name}: requests a minute");
        let in_query = request
            .query
            .iter()
            .find(|(name, _)| ["limit", "count", "pageSize"].contains(name))
            .map(|(_, value)| value.parse::<u64>().expect("a number"));
        let in_body = request
            .body
            .as_ref()
            .and_then(|body| body["limit"].as_u64());
        // A page is as long as the vendor lets it be, and no length is asked for where it names none.
        let documented = source.page_records_max.map(u64::from);
        assert_eq!(in_query.or(in_body), documented, "{name}: records a page");
        assert_eq!(
            source.deprecated_after.is_some(),
            request.purpose == "page after a 404",
            "{name}: what is deprecated is asked only where the newer one is not found"
        );
        let stands_in_for = (name != collector.source).then_some(collector.source);
        assert_eq!(source.stands_in_for, stands_in_for, "{name}");
    }
}

#[test]
fn a_source_says_the_same_of_itself_in_every_dataset() {
    for dataset in catalog::DATASETS {
        for source in dataset.sources {
            let others = catalog::DATASETS.iter().flat_map(|dataset| dataset.sources);
            for other in others.filter(|other| other.name == source.name) {
                let facts = |source: &catalog::Source| {
                    (
                        source.request,
                        source.scope,
                        source.plan,
                        source.page_records_max,
                        source.requests_a_minute,
                        source.deprecated_after,
                    )
                };
                assert_eq!(facts(source), facts(other), "{}", source.name);
            }
        }
    }
}

#[test]
fn every_collector_of_accounts_of_another_names_one_that_is_not_in_parts() {
    for asking in COLLECTORS {
        if let Some(of) = asking.parts.accounts_of() {
            assert_eq!(collector(of.collector).parts, Parts::One, "{}", asking.name);
        }
        // A count of its own is one for the whole listing.
        let in_parts = asking.parts != Parts::One;
        assert!(!(in_parts && matches!(asking.count, Count::Request { .. })));
    }
}

#[test]
fn every_collector_has_a_source_of_its_own() {
    let names: BTreeSet<&str> = COLLECTORS
        .iter()
        .map(|collector| collector.source)
        .collect();
    assert_eq!(names.len(), COLLECTORS.len(), "answers are kept by source");
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
