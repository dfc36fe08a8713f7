//! A realistic organisation on this machine, so that everything runs, and is tested, over real HTTP
//! without anyone's key.
//!
//! ```text
//! WorldSpec ── generate ── World ─┬─ routes ── page ── server ── HTTP, with faults on request
//! (size, seed, as_of, kind)       └─ truth ─────────────────── what each control has to find
//! ```
//!
//! The same spec gives the same organisation, byte for byte. [`truth`](truth::truth) is told from
//! the world, never from an answer, so that an assessment of what the server said can be compared
//! with it. The server answers the documented reads and nothing else; whatever else is tried is
//! refused and marked in its log. It leaves to the command line what a person sees of it.

pub mod world;
pub mod kind;
pub mod grants;
pub mod audit_log;
pub mod exports;
pub mod people;
pub mod reviews;
pub mod statements;
pub mod truth;
pub mod server;
pub mod options;
pub mod faults;
mod encoding;
mod generate;
mod names;
mod page;
mod random;
mod reply;
mod routes;
mod torn;

use std::sync::Arc;

use crate::collect::ScimKeys;

pub use audit_log::AuditEvent;
pub use exports::{EXPORT_VARIANTS, ExportVariant};
pub use faults::{Fault, FaultProblem, fault_help};
pub use grants::{Grant, GrantMethod, GroupGrant, Resource};
pub use kind::{DirectoryCount, DomainClaims, GuardPlan, KINDS, KeyState, KindMoment, WorldKind};
pub use options::{
    ControlV1, EventsEnd, PageSizes, RateLimit, RouteLimits, SANDBOX_KEY, SANDBOX_SCIM_KEY,
    ServerOptions,
};
pub use people::{PEOPLE_VARIANTS, PeopleVariant};
pub use reviews::{REVIEW_VARIANTS, ReviewVariant};
pub use server::{RequestRecord, Server, StartError};
pub use statements::{GivenList, LIST_VARIANTS, ListVariant, StatedList};
pub use truth::{ControlTruth, Given, truth, truth_given};
pub use world::{USERS_MAX, World, WorldSpec};

/// Makes the organisation of `spec` and serves it on 127.0.0.1.
///
/// # Errors
/// As [`Server::start`].
///
/// # Panics
/// As [`World::generate`].
pub async fn serve(spec: &WorldSpec, options: ServerOptions) -> Result<Server, StartError> {
    Server::start(Arc::new(World::generate(spec)), options).await
}

/// The keys of the provisioning directories of `world` that the sandbox opens.
pub fn scim_keys(world: &World) -> ScimKeys {
    let pairs = world
        .scim_directories
        .iter()
        .filter(|directory| directory.key == world::ScimKey::Known)
        .map(|directory| format!("{}={SANDBOX_SCIM_KEY}\n", directory.id));
    match pairs.collect::<String>() {
        none if none.is_empty() => ScimKeys::none(),
        pairs => pairs
            .parse()
            .expect("ids are segments of a path, and the key is one"),
    }
}

#[cfg(test)]
mod tests;
