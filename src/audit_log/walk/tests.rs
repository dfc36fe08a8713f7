use super::*;
use crate::audit_log::SETTLING;
use proptest::prelude::*;

const DAY: i64 = 86_400;

/// Seconds on the clock of these tests; the run begins at day 100.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn start() -> Timestamp {
    at(100 * DAY)
}

/// How the last page of a log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It names no next page.
    Null,
    /// It leads to an empty page that leads to itself.
    Itself,
    /// It leads to empty pages, each with a cursor of its own.
    Ever,
}

/// A log that keeps growing while it is read.
#[derive(Clone, Debug)]
struct Log {
    /// Number and time of processing, in seconds, ascending by time.
    events: Vec<(usize, i64)>,
    page: usize,
    end: End,
    now: i64,
    /// Requests by cursor, counted from 0, that are refused.
    refused: Vec<usize>,
    behind: usize,
}

impl Log {
    fn new(times: &[i64], page: usize, end: End) -> Log {
        let mut times = times.to_vec();
        times.sort_unstable();
        Log {
            events: times.into_iter().enumerate().collect(),
            page,
            end,
            now: 100 * DAY,
            refused: Vec::new(),
            behind: 0,
        }
    }

    fn stamp((number, processed): (usize, i64)) -> Stamp {
        Stamp::new(&format!("e{number}"), Some(at(processed)))
    }

    fn page_from(&self, place: usize, turn: usize) -> Answer {
        let there: Vec<_> = self
            .events
            .iter()
            .copied()
            .filter(|(_, processed)| *processed <= self.now)
            .collect();
        let last = (place + self.page).min(there.len());
        let events: Vec<Stamp> = there[place.min(last)..last]
            .iter()
            .map(|event| Log::stamp(*event))
            .collect();
        let more = last < there.len();
        let next = match self.end {
            _ if more => Some(format!("{last}.0")),
            End::Null => None,
            End::Itself => Some(format!("{last}.0")),
            End::Ever => Some(format!("{last}.{}", turn + 1)),
        };
        Answer::Page(EventPage {
            events,
            next,
            at: at(self.now),
        })
    }

    fn answer(&mut self, ask: &Ask) -> Answer {
        // Each request takes a second.
        self.now += 1;
        match ask {
            Ask::NewestUntil(to) => {
                let there = self.events.iter().rev();
                let newest = there
                    .copied()
                    .find(|(_, processed)| *processed <= self.now && at(*processed) <= *to);
                Answer::Page(EventPage {
                    events: newest.map(Log::stamp).into_iter().collect(),
                    next: Some("unasked".to_owned()),
                    at: at(self.now),
                })
            }
            Ask::Since(from) => {
                let is_in = |(_, processed): &(usize, i64)| at(*processed) >= *from;
                let place = self.events.iter().position(is_in);
                self.page_from(place.unwrap_or(self.events.len()), 0)
            }
            Ask::Behind(cursor) => {
                self.behind += 1;
                if self.refused.contains(&(self.behind - 1)) {
                    return refused(400);
                }
                let (place, turn) = cursor.split_once('.').expect("a cursor of this log");
                let number = |text: &str| text.parse().expect("a number");
                self.page_from(number(place), number(turn))
            }
        }
    }
}

fn refused(status: u16) -> Answer {
    Answer::Refused {
        status,
        detail: format!("{status}"),
    }
}

/// Walks over the last ten days with `answer` for a server; the keys of what came, and how it came out.
fn walk(mut answer: impl FnMut(&Ask) -> Answer) -> (BTreeSet<u64>, Walked, Vec<Ask>) {
    let mut walk = Walk::new(&AskedPeriod::LastDays(10), start(), 1_000);
    let (mut keys, mut asks) = (BTreeSet::new(), Vec::new());
    while let Some(ask) = walk.ask() {
        assert!(asks.len() < 5_000, "it does not end");
        let answer = answer(&ask);
        if let (Answer::Page(page), Ask::Since(_) | Ask::Behind(_)) = (&answer, &ask) {
            keys.extend(page.events.iter().map(|event| event.key));
        }
        walk.take(answer);
        asks.push(ask);
    }
    (keys, walk.finish(), asks)
}

/// The keys of the events that a walk over the last ten days has to bring.
fn due(log: &Log) -> BTreeSet<u64> {
    let first = 90 * DAY - OVERLAP.as_secs();
    log.events
        .iter()
        .filter(|(_, processed)| (first..=100 * DAY + 1).contains(processed))
        .map(|event| Log::stamp(*event).key)
        .collect()
}

/// A log with an event each hour, from before the period to the moment of the walk.
fn hourly(page: usize, end: End) -> Log {
    let times: Vec<i64> = (80 * 24..=100 * 24).map(|hour| hour * 3_600).collect();
    Log::new(&times, page, end)
}

fn whole(log: &mut Log) -> Vec<Ask> {
    let (keys, walked, asks) = walk(|ask| log.answer(ask));
    assert_eq!(walked.completeness, Completeness::Whole);
    assert!(due(log).is_subset(&keys));
    asks
}

fn cut_because(walked: &Walked) -> (CutReason, String) {
    match &walked.completeness {
        Completeness::Cut { reason, detail } => (*reason, detail.clone()),
        other => panic!("{other}"),
    }
}

#[test]
fn a_walk_asks_without_an_upper_bound_and_then_by_cursor_alone() {
    let asks = whole(&mut hourly(100, End::Null));
    let first = (90 * DAY - 600) * 1_000;
    let query = |ask: &Ask| {
        let pairs = ask.query();
        let pairs: Vec<String> = pairs.iter().map(|(a, b)| format!("{a}={b}")).collect();
        pairs.join("&")
    };
    assert_eq!(
        query(&asks[0]),
        format!("to={}&sortOrder=desc&limit=1", 90 * DAY * 1_000)
    );
    assert_eq!(
        query(&asks[1]),
        format!("from={first}&sortOrder=asc&limit=500")
    );
    for ask in &asks[2..asks.len() - 1] {
        assert!(query(ask).starts_with("cursor="), "{ask:?}");
    }
    let newest = query(asks.last().expect("the newest event"));
    assert!(newest.contains("sortOrder=desc"), "{newest}");
}

#[test]
fn a_period_ends_where_events_have_settled_and_says_why() {
    let mut log = hourly(100, End::Null);
    let (_, walked, _) = walk(|ask| log.answer(ask));
    let period = walked.period.expect("the log was read");
    assert_eq!(period.from, at(90 * DAY));
    // The first answer came a second after the run began.
    assert_eq!(period.to, at(100 * DAY + 1 - SETTLING.as_secs()));
    assert_eq!(
        period.from_because,
        "asked for: 10 days before the run began"
    );
    assert!(
        period
            .to_because
            .starts_with("10 min before the log was read, at 1970-04-11T00:00:01Z")
    );
    for (to, ends) in [
        (95 * DAY, 95 * DAY),
        (100 * DAY, 100 * DAY - 600),
        (200 * DAY, 100 * DAY - 600),
    ] {
        let asked = AskedPeriod::Between(at(90 * DAY), at(to));
        assert_eq!(asked.to(start()).at, at(ends));
        assert_eq!(asked.to(start()).because == "asked for", to == ends);
    }
}

#[test]
fn every_way_of_ending_a_log_is_an_end() {
    for end in [End::Null, End::Itself, End::Ever] {
        for page in [1, 7, 500] {
            whole(&mut hourly(page, end));
        }
    }
}

#[test]
fn pages_that_bring_nothing_new_under_ever_new_cursors_are_given_up() {
    let mut log = hourly(20, End::Null);
    let mut turn = 0;
    let (_, walked, _) = walk(|ask| {
        turn += 1;
        let mut answer = match ask {
            Ask::Behind(_) => log.page_from(0, 0),
            _ => log.answer(ask),
        };
        if let Answer::Page(page) = &mut answer {
            page.next = Some(turn.to_string());
        }
        answer
    });
    let (reason, detail) = cut_because(&walked);
    assert_eq!(reason, CutReason::Limit);
    assert!(detail.contains("IDLE_PAGE_COUNT_MAX"), "{detail}");
}

#[test]
fn a_log_that_grows_faster_than_it_is_read_ends_where_the_walk_began() {
    // Five events a second, two on a page.
    let mut times: Vec<i64> = vec![80 * DAY];
    times.extend((0..2_000).map(|number| 100 * DAY - 200 + number / 5));
    let mut log = Log::new(&times, 2, End::Itself);
    whole(&mut log);
    assert!(log.now < 100 * DAY + 1_000, "it ends");
}

#[test]
fn a_cursor_that_is_refused_is_gone_round_by_time() {
    let mut log = hourly(20, End::Null);
    log.refused = vec![3, 6];
    let asks = whole(&mut log);
    let by_time = asks.iter().filter(|ask| matches!(ask, Ask::Since(_)));
    assert_eq!(by_time.count(), 3);
    // More often than that, it is no accident.
    let mut log = hourly(20, End::Null);
    log.refused = (2..100).collect();
    let (_, walked, _) = walk(|ask| log.answer(ask));
    assert_eq!(
        cut_because(&walked),
        (
            CutReason::Interrupted,
            "page 7: the API refused to go on: 400".to_owned()
        )
    );
}

#[test]
fn a_seam_that_does_not_close_is_a_hole() {
    // Behind the cursor that it refuses, the log has lost what was listed before.
    let mut log = hourly(20, End::Null);
    log.refused = vec![3];
    let (_, walked, _) = walk(|ask| {
        let answer = log.answer(ask);
        if answer == refused(400) {
            log.events.retain(|(number, _)| *number > 325);
        }
        answer
    });
    let (reason, detail) = cut_because(&walked);
    assert_eq!(reason, CutReason::NotCovered);
    assert!(detail.contains("did not come again"), "{detail}");
}

#[test]
fn a_listing_that_stops_before_the_newest_event_is_cut() {
    for page in [1, 20, 239] {
        let mut log = hourly(page, End::Null);
        let mut pages = 0;
        let (_, walked, _) = walk(|ask| {
            let mut answer = log.answer(ask);
            if let (Answer::Page(page), Ask::Since(_) | Ask::Behind(_)) = (&mut answer, ask) {
                pages += 1;
                if pages == 2 || page.events.len() == 239 {
                    page.next = None;
                }
            }
            answer
        });
        let (reason, detail) = cut_because(&walked);
        assert_eq!(reason, CutReason::CountMismatch, "{page}");
        assert!(detail.contains("was not among the"), "{detail}");
    }
}

#[test]
fn pages_that_come_again_are_a_repeated_cursor() {
    // The same page for ever, and two that name each other.
    for names in [["a", "a"], ["a", "b"]] {
        let mut log = hourly(2, End::Null);
        let mut pages = 0;
        let (_, walked, _) = walk(|ask| match ask {
            Ask::NewestUntil(_) => log.answer(ask),
            Ask::Since(_) | Ask::Behind(_) => {
                let event = |number: i64| Stamp::new(&format!("x{number}"), Some(at(95 * DAY)));
                let turn = pages % 2;
                pages += 1;
                Answer::Page(EventPage {
                    events: vec![event(if names[0] == names[1] { 0 } else { turn })],
                    next: Some(names[usize::try_from(turn).expect("0 or 1")].to_owned()),
                    at: start(),
                })
            }
        });
        assert_eq!(cut_because(&walked).0, CutReason::RepeatedCursor);
        assert!(pages < 5, "{pages}");
    }
}

#[test]
fn a_log_that_does_not_reach_back_before_the_period_does_not_cover_it() {
    for times in [vec![], vec![90 * DAY + 5, 99 * DAY]] {
        let mut log = Log::new(&times, 10, End::Null);
        let (_, walked, _) = walk(|ask| log.answer(ask));
        let (reason, detail) = cut_because(&walked);
        assert_eq!(reason, CutReason::NotCovered);
        assert!(
            detail.starts_with("the log holds no event from before 1970-04-01T00:00:00Z"),
            "{detail}"
        );
    }
}

#[test]
fn a_period_without_events_is_whole_where_the_log_goes_back_further() {
    whole(&mut Log::new(&[50 * DAY], 10, End::Itself));
    // The last one before the walk is far behind what came while it was under way.
    whole(&mut Log::new(
        &[50 * DAY, 95 * DAY, 100 * DAY + 2, 100 * DAY + 3],
        10,
        End::Null,
    ));
}

#[test]
fn a_period_that_has_not_settled_is_not_covered() {
    let mut walk = Walk::new(&AskedPeriod::Since(at(100 * DAY - 60)), start(), 10);
    let mut log = hourly(10, End::Null);
    while let Some(ask) = walk.ask() {
        walk.take(log.answer(&ask));
    }
    let (reason, detail) = cut_because(&walk.finish());
    assert_eq!(reason, CutReason::NotCovered);
    assert!(detail.contains("has settled yet"), "{detail}");
}

#[test]
fn a_refusal_before_anything_was_read_is_what_the_log_comes_to() {
    for (status, word) in [
        (401, "denied"),
        (402, "denied"),
        (403, "denied"),
        (404, "unavailable"),
    ] {
        let (_, walked, asks) = walk(|_| refused(status));
        assert_eq!(walked.completeness.word(), word, "{status}");
        assert_eq!(walked.period, None);
        assert_eq!(asks.len(), 1);
    }
    // A key that expires midway is no dead cursor.
    let mut log = hourly(20, End::Null);
    let (_, walked, asks) = walk(|ask| match ask {
        Ask::Behind(_) => refused(401),
        _ => log.answer(ask),
    });
    assert_eq!(cut_because(&walked).0, CutReason::Interrupted);
    assert_eq!(asks.len(), 3);
}

#[test]
fn what_keeps_failing_cuts_the_walk_wherever_it_stands() {
    for failing in 0..8 {
        let mut log = hourly(50, End::Null);
        let mut asked = 0;
        let (_, walked, _) = walk(|ask| {
            asked += 1;
            match asked > failing {
                true => Answer::Failed {
                    reason: CutReason::ServerError,
                    detail: "503".to_owned(),
                },
                false => log.answer(ask),
            }
        });
        match failing {
            // Two edges and five pages.
            7.. => assert!(walked.completeness.is_whole()),
            _ => assert_eq!(cut_because(&walked).0, CutReason::ServerError, "{failing}"),
        }
    }
}

proptest! {
    #[test]
    fn a_walk_is_whole_and_gap_free_or_says_that_it_is_not(
        // Bursts, twins and quiet days, from before the period until after the walk began.
        mut times in prop::collection::vec(
            prop_oneof![
                3 => 88 * DAY..100 * DAY + 40,
                3 => 100 * DAY - 700..100 * DAY + 40,
                2 => 99 * DAY..99 * DAY + 90,
            ],
            0..120,
        ),
        page in 1..30_usize,
        end in prop::sample::select(vec![End::Null, End::Itself, End::Ever]),
        refused in prop::collection::vec(0..40_usize, 0..3),
        // Where the server says that there are no more pages.
        stopped in prop::option::weighted(0.3, 0..12_usize),
    ) {
        times.push(80 * DAY);
        let mut log = Log::new(&times, page, end);
        log.refused = refused;
        let mut pages = 0;
        let (keys, walked, asks) = walk(|ask| {
            let mut answer = log.answer(ask);
            if let (Answer::Page(page), Ask::Since(_) | Ask::Behind(_)) = (&mut answer, ask) {
                if stopped == Some(pages) {
                    page.next = None;
                }
                pages += 1;
            }
            answer
        });
        let is_gap_free = due(&log).is_subset(&keys);
        prop_assert!(is_gap_free || !walked.completeness.is_whole(), "whole and wrong");
        prop_assert!(asks.len() < 2_000);
        if stopped.is_none() {
            prop_assert_eq!(walked.completeness, Completeness::Whole);
        }
    }
}
