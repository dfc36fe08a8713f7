//! Sets that nobody asks what is in them: where a list was not given, what it is to be compared with need not be held.
//!
//! A set of every account takes much memory in a large organisation, and reading the accounts takes time.

use super::Evaluated;
use super::sets::SetValues;
use crate::control::OrganizationPlan;
use crate::plan::Plan;
use crate::snapshot::{Manifest, RecordSource};
use std::collections::BTreeSet;

/// Marks the sets of controls that have nothing to compare with them: no record is there, and the dataset is not whole,
/// so that nothing is known to be missing either.
pub(super) fn leave_out(
    sets: &mut [SetValues],
    plan: &Plan,
    (source, manifest): (&dyn RecordSource, &Manifest),
    organization_plan: Option<OrganizationPlan>,
) {
    let asks = |evaluated: &Evaluated<'_>| {
        let dataset = evaluated.population.dataset.name();
        let statement = manifest.datasets.get(dataset);
        let is_whole = statement.is_some_and(|statement| statement.completeness.is_whole());
        is_whole || source.frame_count(dataset) > 0
    };
    let controls = plan.controls.iter();
    let asked: BTreeSet<usize> = controls
        .filter_map(|control| Evaluated::of(control, organization_plan))
        .filter(asks)
        .flat_map(|evaluated| evaluated.control.sets.iter().map(|set| set.0))
        .collect();
    for (place, set) in sets.iter_mut().enumerate() {
        // Which actions are meant is said of a control without records too.
        if !asked.contains(&place) && plan.sets[place].actions.is_none() {
            *set = SetValues::unasked();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::assess::{AssessOptions, Outcome, assess};
    use crate::catalog::{self, Dataset};
    use crate::control::load;
    use crate::diagnostic::{Look, SourceFile};
    use crate::plan::{ParameterValues, Plan};
    use crate::snapshot::{
        AnswerStatement, Completeness, CutReason, InputStatement, Manifest, MemorySource,
        Provenance, RecordSource, SnapshotError,
    };
    use serde_json::json;
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Mutex;

    const CONTROL: &str = "\
id: t
title: T
severity: low
rationale: R
let:
  known: { from: \"$.accounts[*]\", take: id }
population: \"$.api_tokens[*]\"
expect: { owner_id: { in: $known } }
on_empty: pass
";

    /// A source that notes of which datasets something was read.
    struct Watched {
        source: MemorySource,
        read: Mutex<BTreeSet<String>>,
    }

    impl RecordSource for Watched {
        fn manifest(&self) -> &Manifest {
            self.source.manifest()
        }

        fn digest(&self) -> &str {
            self.source.digest()
        }

        fn frame_count(&self, dataset: &str) -> usize {
            self.source.frame_count(dataset)
        }

        fn read_frame(
            &self,
            dataset: &str,
            index: usize,
            text: &mut String,
        ) -> Result<(), SnapshotError> {
            let mut read = self.read.lock().expect("nobody panics with it");
            read.insert(dataset.to_owned());
            self.source.read_frame(dataset, index, text)
        }

        fn answers(&self) -> &[AnswerStatement] {
            self.source.answers()
        }

        fn provenance(&self) -> Option<&Provenance> {
            self.source.provenance()
        }

        fn inputs(&self) -> &BTreeMap<String, InputStatement> {
            self.source.inputs()
        }
    }

    /// What the control comes to over these tokens, and whether the accounts were read for it.
    fn over(tokens: &[serde_json::Value], completeness: Completeness) -> (Outcome, bool) {
        let (controls, problems) = load(&[SourceFile::new("t.yaml", CONTROL)]);
        assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
        let plan = Plan::new(controls, &ParameterValues::none()).expect("it has no parameter");
        let dataset =
            |name| -> &'static Dataset { catalog::dataset(name).expect("it is in the catalog") };
        let mut source = MemorySource::new("2026-03-01T00:00:00Z".parse().expect("a time"));
        source.set_records(dataset("accounts"), &[json!({ "id": "a1" })]);
        source.set_records(dataset("api_tokens"), tokens);
        source.set_completeness(dataset("api_tokens"), completeness);
        let watched = Watched {
            source,
            read: Mutex::default(),
        };
        let assessment =
            assess(&plan, &watched, AssessOptions::default()).expect("the records are canonical");
        let read = watched.read.into_inner().expect("nobody panicked with it");
        (assessment.controls[0].outcome, read.contains("accounts"))
    }

    #[test]
    fn what_nothing_is_compared_with_is_not_read() {
        let cut = || Completeness::Cut {
            reason: CutReason::Limit,
            detail: "for the test".to_owned(),
        };
        let token = [json!({ "id": "t1", "owner_id": "a1" })];
        assert_eq!(
            over(&[], Completeness::NotRequested),
            (Outcome::Unknown, false)
        );
        assert_eq!(over(&[], cut()), (Outcome::Unknown, false));
        assert_eq!(over(&token, cut()), (Outcome::Unknown, true));
        assert_eq!(over(&token, Completeness::Whole), (Outcome::Pass, true));
        // Known to be empty: of a list it may be known what is missing.
        assert_eq!(over(&[], Completeness::Whole), (Outcome::Pass, true));
    }
}
