//! What a snapshot itself shows of the organisation's plan, held against the plan that somebody told.

use super::Reason;
use crate::control::OrganizationPlan;
use crate::snapshot::Manifest;

/// Datasets of which the API tells records only to an organisation with at least this plan.
const SHOWS: [(&str, OrganizationPlan); 1] = [("events", OrganizationPlan::GuardStandard)];

/// The plan that was told, while nothing contradicts it; whom the evidence contradicts has told nothing.
pub(super) fn believed(
    told: Option<OrganizationPlan>,
    manifest: &Manifest,
) -> Option<OrganizationPlan> {
    told.filter(|told| against(*told, manifest).is_none())
}

/// The dataset that shows a higher plan than `told`, and that plan.
fn against(
    told: OrganizationPlan,
    manifest: &Manifest,
) -> Option<(&'static str, OrganizationPlan)> {
    SHOWS.into_iter().find(|(dataset, shown)| {
        let statement = manifest.datasets.get(*dataset);
        *shown > told && statement.is_some_and(|statement| statement.records > 0)
    })
}

/// Why a control that requires the plan `required` is unknown where no plan that is believed was told.
pub(super) fn unknown(
    required: OrganizationPlan,
    told: Option<OrganizationPlan>,
    manifest: &Manifest,
) -> Reason {
    let contradicted = told.and_then(|told| Some((told, against(told, manifest)?)));
    match contradicted {
        None => Reason::PlanNotStated { required },
        Some((configured, (dataset, shown))) => Reason::PlanContradicted {
            required,
            configured,
            dataset: dataset.to_owned(),
            shown,
        },
    }
}
