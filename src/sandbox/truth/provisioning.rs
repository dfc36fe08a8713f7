//! Controls in `controls/provisioning`.

use super::log::with_plan;
use super::outcome::{each, judged, told};
use super::{ControlTruth, Told};
use crate::sandbox::world::{AccountStatus, ScimDirectory, ScimKey, ScimPerson, World};

pub(super) fn truth(world: &World) -> Told {
    vec![("provisioned-leavers-inactive", leavers_inactive(world))]
}

fn leavers_inactive(world: &World) -> ControlTruth {
    with_plan(world, || {
        let opened = world.scim_directories.iter();
        let opened: Vec<&ScimDirectory> = opened
            .filter(|directory| directory.key == ScimKey::Known)
            .collect();
        if opened.is_empty() {
            // Nothing was asked.
            return told("unknown", &[], &[]);
        }
        let users = opened.into_iter().flat_map(|directory| {
            let users = directory.users.iter();
            users.map(move |user| (format!("{}#{}", directory.id, user.id), user))
        });
        let records = users.map(|(id, user)| {
            let right = match user.person {
                ScimPerson::Account(place) => {
                    Some(world.accounts[place].status != AccountStatus::Active)
                }
                // Nobody with this address has an account.
                ScimPerson::Announced { .. } => None,
            };
            judged(&id, Some(!user.active), right)
        });
        each(records, "not_applicable")
    })
}
