//! The view of a report, made of invented assessments.

mod causes;
mod controls;
mod first_screen;
mod questions;
mod sums;

use super::*;
use crate::assess::fixture;
use crate::gate::Gate;

fn check(assessment: &Assessment, look: impl FnOnce(&ReportView<'_>)) {
    let options = ReportOptions::default();
    let verdict = Gate::default().judge(assessment);
    look(&ReportView::new(assessment, &verdict, &options).expect("readable findings"));
}
