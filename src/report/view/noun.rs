//! What the subjects of a control are called.

use crate::assess::ControlAssessment;
use crate::report::text;

/// Words for one subject and for several.
pub(super) fn noun(control: &ControlAssessment) -> (String, String) {
    control.population.as_ref().map_or_else(
        || ("subject".to_owned(), "subjects".to_owned()),
        |population| {
            (
                text::line(&population.noun.0),
                text::line(&population.noun.1),
            )
        },
    )
}
