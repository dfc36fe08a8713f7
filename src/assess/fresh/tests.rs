use super::*;
use crate::import::WithLists;
use crate::snapshot::{ExportNote, MemorySource};

/// A source that answers every question with something of its own.
struct Told {
    manifest: Manifest,
    provenance: Provenance,
    inputs: BTreeMap<String, InputStatement>,
    answers: Vec<AnswerStatement>,
}

impl Told {
    fn new() -> Told {
        let at = "2026-11-20T06:00:00Z".parse().expect("a time");
        let mut manifest = MemorySource::new(at).manifest().clone();
        manifest.organization.id = "told".to_owned();
        let mut provenance = Provenance::default();
        let note = ExportNote {
            file: "told.csv".to_owned(),
            sha256: String::new(),
            extracted_on: None,
            base: 0,
        };
        provenance.exports.insert("told".to_owned(), vec![note]);
        let answer = serde_json::json!({
            "control": "told", "question": null, "answer": null, "statement": null, "attested_by": null,
            "reviewed_by": null, "attested_on": null, "attested_at": null, "valid_until": null,
            "evidence": null, "lacks": [], "file": "told.yaml", "line": 1, "sha256": "",
        });
        Told {
            manifest,
            provenance,
            inputs: BTreeMap::from([("inputs.told".to_owned(), InputStatement::named("told.csv"))]),
            answers: vec![serde_json::from_value(answer).expect("a statement")],
        }
    }
}

impl RecordSource for Told {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn digest(&self) -> &str {
        "told"
    }

    fn frame_count(&self, dataset: &str) -> usize {
        dataset.len()
    }

    fn read_frame(
        &self,
        dataset: &str,
        index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError> {
        *text = format!("{dataset} {index}\n");
        Ok(())
    }

    fn provenance(&self) -> Option<&Provenance> {
        Some(&self.provenance)
    }

    fn inputs(&self) -> &BTreeMap<String, InputStatement> {
        &self.inputs
    }

    fn answers(&self) -> &[AnswerStatement] {
        &self.answers
    }
}

/// What `source` says of the snapshot itself, which nobody who stands before it has anything to add to.
fn check_snapshot(source: &dyn RecordSource) {
    let told = Told::new();
    assert_eq!(source.manifest(), &told.manifest);
    assert_eq!(source.digest(), "told");
    assert_eq!(source.frame_count("accounts"), 8);
    let mut text = String::new();
    source.read_frame("domains", 3, &mut text).expect("a frame");
    assert_eq!(text, "domains 3\n");
    assert_eq!(source.provenance(), Some(&told.provenance));
}

#[test]
fn whoever_stands_before_a_source_passes_on_all_that_it_says() {
    let told = Told::new();
    let fresh = Fresh::new(&told, told.manifest.collected.to).expect("nothing is read");
    check_snapshot(&fresh);
    assert_eq!(fresh.inputs(), &told.inputs);
    assert_eq!(fresh.answers(), &told.answers);
    let lists = WithLists::new(&told, &[]);
    check_snapshot(&lists);
    // Lists and answers are what stands there instead.
    assert_eq!((lists.inputs().len(), lists.answers().len()), (0, 0));
    let both = Fresh::new(&lists, told.manifest.collected.to).expect("nothing is read");
    check_snapshot(&both);
}
