use super::*;
use crate::assess::{Entries, Evidence};
use proptest::prelude::*;

fn reasons(number: usize) -> Shared<[Reason]> {
    let reason = Reason::ScopeUndecided {
        subjects: number as u64,
    };
    vec![reason].into()
}

prop_compose! {
    /// Findings of which many have their reasons in common, and some the same subject.
    fn any_findings()(
        parts in prop::collection::vec(
            ("[a-d-]{0,3}", "[é ]{0,2}", 0..3_usize, 0..40_usize, "[a-z\"]{0,20}", any::<bool>()),
            0..60,
        ),
    ) -> Vec<Finding> {
        let shared: Vec<_> = (0..3)
            .map(|number| (reasons(number), Shared::from(format!("reason {number}"))))
            .collect();
        let parts = parts.into_iter();
        let findings = parts.map(|(subject, label, outcome, number, text, has_source)| {
            let outcome = [Outcome::Fail, Outcome::Error, Outcome::Unknown][outcome];
            let (reasons, message) = match (outcome, shared.get(number)) {
                (Outcome::Fail, _) => (Vec::new().into(), text.clone().into()),
                (_, Some(shared)) => shared.clone(),
                (_, None) => (reasons(number), text.clone().into()),
            };
            Finding {
                fingerprint: crate::assess::fingerprint("o", "c", &subject),
                subject,
                label,
                outcome,
                message,
                evidence: vec![Evidence {
                    field: "name".into(),
                    value: text.into(),
                    present: true,
                    tested: has_source,
                    source: if has_source { "users/search".into() } else { "".into() },
                    collected_at: None,
                }]
                .into(),
                reasons,
            }
        });
        findings.collect()
    }
}

proptest! {
    #[test]
    fn findings_come_out_in_order_however_few_are_held_and_whoever_made_them(
        findings in any_findings(),
        room in 0..20_000_usize,
        threads in 1..4_usize,
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let spill = Spill::beyond(room, dir.path().join("made when needed"));
        let mut parts: Vec<Gathered> = Vec::new();
        parts.resize_with(threads, Gathered::default);
        for (number, finding) in findings.iter().enumerate() {
            parts[number % threads].push(finding.clone());
            make_room(parts.iter_mut(), room, &spill).expect("writable");
            let held: usize = parts.iter().map(Gathered::held_bytes).sum();
            prop_assert!(held <= room, "{held} bytes held");
        }
        let mut whole = Gathered::default();
        parts.into_iter().for_each(|part| whole.join(part));
        let spilled = Entries::from(whole);
        let mut held = Entries::default();
        held.extend(findings);
        prop_assert_eq!(spilled.len(), held.len());
        for outcome in Outcome::SHOWN {
            prop_assert_eq!(spilled.count(outcome), held.count(outcome));
        }
        let text = |entries: &Entries<Finding>| serde_json::to_string(entries).expect("JSON");
        prop_assert_eq!(text(&spilled), text(&held));
        prop_assert_eq!(&spilled, &held);
        let again = text(&spilled);
        prop_assert_eq!(again, text(&held), "read as often as needed");
        // Whoever is killed now leaves nothing.
        let names = dir.path().read_dir().expect("a folder").flatten();
        let files = names.flat_map(|made| made.path().read_dir().expect("a folder")).count();
        prop_assert_eq!(files, 0);
    }
}

#[test]
fn a_disk_that_refuses_is_an_error_that_names_the_folder() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("a file");
    std::fs::write(&file, "").expect("writable");
    let spill = Spill::beyond(0, file.clone());
    let mut gathered = Gathered::default();
    gathered.push(Finding {
        subject: "a".to_owned(),
        label: String::new(),
        outcome: Outcome::Fail,
        fingerprint: crate::assess::fingerprint("o", "c", "a"),
        message: String::new().into(),
        evidence: Vec::new().into(),
        reasons: Vec::new().into(),
    });
    let error = make_room([&mut gathered].into_iter(), 0, &spill).expect_err("no folder");
    assert!(matches!(&error, SpillError::Write { dir, .. } if *dir == file));
}

/// `/dev/full` takes no byte.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing_in_silence() {
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let spill = Spill::beyond(0, PathBuf::from("full"));
    *spill.disk.file.lock().expect("nobody else") = Some(Appended { file: full, end: 0 });
    let error = Run::write(&[], &spill.disk);
    assert!(error.is_ok(), "nothing to write");
    let finding = Finding {
        subject: "a".to_owned(),
        label: String::new(),
        outcome: Outcome::Fail,
        fingerprint: crate::assess::fingerprint("o", "c", "a"),
        message: String::new().into(),
        evidence: Vec::new().into(),
        reasons: Vec::new().into(),
    };
    let error = Run::write(&[finding], &spill.disk).expect_err("no room");
    let SpillError::Write { source, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);
}
