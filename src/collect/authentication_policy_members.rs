//! Which authentication policy a managed account is in:
//! `POST /admin/control/v1/orgs/{org}/users/auth-policies/bulk-fetch`; the vendor states no scope.
//!
//! A read-only POST, `{accountIds: […]}`, answered by a list alone. Of its records only `email` is documented;
//! the other fields are assumed, and absent where the API names them otherwise. Settings of a policy
//! (single sign-on, two-step verification, session) are not among them: no public API tells those.

use super::{AccountsOf, Collector, Count, Paging, Parts, Verb, Which, from};

pub(super) static AUTHENTICATION_POLICY_MEMBERS: Collector = Collector {
    name: "authentication_policy_members",
    dataset: "authentication_policy_members",
    source: "auth-policies",
    method: Verb::Post,
    path: "/admin/control/v1/orgs/{org}/users/auth-policies/bulk-fetch",
    paging: Paging::Answer,
    parts: Parts::Batches(AccountsOf {
        collector: "accounts",
        which: Which::Managed,
    }),
    fallback: None,
    rate: None,
    count: Count::None,
    list: "",
    id: "accountId|email",
    origins: &[
        from("email", "email"),
        from("policy_id", "policyId"),
        from("policy_name", "policyName"),
    ],
};
