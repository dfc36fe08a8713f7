use super::*;

fn lines_of(events: &[Event<'_>]) -> String {
    let mut text = Vec::new();
    {
        let listener = Lines::new(&mut text);
        events.iter().for_each(|event| listener.tell(event.clone()));
    }
    String::from_utf8(text).expect("lines are text")
}

#[test]
fn a_line_says_how_complete_a_dataset_is_and_why() {
    let text = lines_of(&[
        Event::DatasetDone {
            name: "groups",
            records: 7,
            state: "whole",
            detail: "",
        },
        Event::DatasetDone {
            name: "domains",
            records: 2,
            state: "cut",
            detail: "page 3 kept failing",
        },
    ]);
    assert_eq!(
        text,
        "groups: 7 records, whole\ndomains: 2 records, cut: page 3 kept failing\n"
    );
}

#[test]
fn text_of_an_organisation_cannot_steer_the_terminal() {
    let text = lines_of(&[Event::Started {
        stage: "collect",
        about: "Evil\u{1b}[2J\r\nOrg\u{202e}gpj\u{7}",
    }]);
    assert_eq!(
        text,
        "collect: Evil\\u{1b}[2J\\u{d}\\u{a}Org\\u{202e}gpj\\u{7}\n"
    );
}

#[test]
fn ordinary_text_of_any_language_is_left_as_it_is() {
    for text in ["Møller & Søn", "株式会社", "شركة", "👩‍💻"] {
        assert_eq!(neutral(text), text);
    }
}

#[test]
fn not_every_page_is_worth_a_line_but_every_event_is_a_json_object() {
    let page = |pages| Event::PageFetched {
        name: "accounts",
        pages,
        records: pages * 100,
        total: Some(9000),
    };
    assert_eq!(
        lines_of(&[page(1), page(49), page(50)]),
        "accounts: 5000 of 9000 records, 50 pages\n"
    );
    let mut text = Vec::new();
    JsonLines::new(&mut text).tell(page(1));
    assert_eq!(
        String::from_utf8(text).expect("JSON is text"),
        "{\"event\":\"page_fetched\",\"name\":\"accounts\",\"pages\":1,\"records\":100,\"total\":9000}\n"
    );
}

#[test]
fn a_wait_says_until_when_and_why() {
    let text = lines_of(&[Event::Waiting {
        name: "accounts",
        until: "2026-11-20T06:00:30.25Z".parse().expect("a time"),
        reason: "rate limit",
    }]);
    assert_eq!(
        text,
        "accounts: rate limit, waiting until 2026-11-20T06:00:30Z\n"
    );
}
