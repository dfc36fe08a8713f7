//! One record per address range of each IP allowlist, derived from `policies` at assembly.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static ALLOWLIST_RANGES: Dataset = Dataset {
    name: "allowlist_ranges",
    record_is: "one address or range of one IP allowlist",
    noun: ("range", "ranges"),
    label: "range",
    sources: &[Source { about: "`rule.in` of every policy of type `ip-allowlist`, one record a range", ..super::policies::LISTING }],
    fields: &[
        field("id", Id, "policy id, `#`, and the range as written", &["policies"]),
        field("policy_id", Id, "the allowlist that holds it", &["policies"]),
        field("policy_name", Text, "name of that allowlist", &["policies"]),
        field(
            "policy_status",
            Word(&["enabled", "disabled"]),
            "whether that allowlist is switched on",
            &["policies"],
        ),
        field("range", IpRange, "the address or range as written", &["policies"]),
        field(
            "ip_version",
            Integer,
            "4 or 6; absent when the text is no address or range",
            &["policies"],
        ),
        field(
            "prefix_length",
            Integer,
            "length of the network prefix: 32 or 128 for a single address; absent when the text is no address or range",
            &["policies"],
        )
        .counted_in("bits"),
    ],
};
