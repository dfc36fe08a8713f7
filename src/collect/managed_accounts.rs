//! Managed accounts: `GET /admin/v1/orgs/{org}/users`, scope `read:accounts:admin`.
//!
//! The second source of `accounts`: it alone tells `access_billable`, and it knows activity in products
//! that users/search no longer lists (`last_active`, `product_access[].last_active`; assembly joins
//! them). `{data: [{account_id, …}], links: {next: URL}, meta: {total}}`; without a verified domain the
//! list is empty. Everything listed here is managed by the organisation.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static MANAGED_ACCOUNTS: Collector = Collector {
    name: "managed_accounts",
    dataset: "accounts",
    source: "v1 users",
    method: Verb::Get,
    path: "/admin/v1/orgs/{org}/users",
    paging: Paging::Query(&[]),
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::PageTotal,
    list: "data",
    id: "account_id",
    origins: &[
        from("name", "name"),
        from("email", "email"),
        from("account_type", "account_type"),
        from("account_status", "account_status"),
        from("billable", "access_billable"),
    ],
};
