//! Events of the organisation's audit log.

use super::{Dataset, Field, FieldType::*, Source, field};

/// From the walk over the log.
const STREAM: &[&str] = &["events-stream"];

pub(super) static EVENTS: Dataset = Dataset {
    name: "events",
    record_is: "one event of the audit log that happened in the snapshot's period",
    noun: ("event", "events"),
    label: "action",
    sources: &[
        Source {
            name: "events-stream",
            request: "GET /admin/v1/orgs/{org}/events-stream",
            scope: Some("read:events:admin"),
            needs: "Atlassian Guard Standard; what users create, view, change and delete, and the use of tokens, needs Guard Premium or Enterprise",
            plan: Some("Atlassian Guard Standard"),
            page_records_max: Some(500),
            requests_a_minute: Some(50),
            deprecated_after: None,
            stands_in_for: None,
            about: "every event that was processed since the period began; kept for 180 days, and only while the plan includes it; 50 requests a minute, 500 events each",
        },
        Source {
            about: "the name of an event's action, joined by its id",
            ..super::event_actions::LISTING
        },
    ],
    fields: &[
        field("id", Id, "id of the event", STREAM),
        field("time", Timestamp, "when it happened", STREAM),
        field(
            "processed_at",
            Timestamp,
            "when it reached the log: later than it happened, mostly by seconds, at times by minutes or hours",
            STREAM,
        ),
        field(
            "action",
            Id,
            "what was done, as an id; `event_actions` lists the ids of the organisation",
            STREAM,
        ),
        field(
            "action_name",
            Text,
            "the action's name for people; localised, and absent where `event_actions` does not list the action",
            &["event-actions"],
        ),
        field(
            "actor_id",
            Id,
            "who did it: an account id, or the name of a system",
            STREAM,
        ),
        field("actor_name", Text, "the actor's name", STREAM),
        field(
            "actor_email",
            Email,
            "the actor's address; absent for apps and systems",
            STREAM,
        ),
        field(
            "actor_auth_type",
            OpenWord(&[
                "session",
                "api-token",
                "container-token",
                "connect-token",
                "auth-token-for-2LO",
                "auth-token-for-3LO",
            ]),
            "how the actor was signed in, where the API tells",
            STREAM,
        ),
        field(
            "actor_token_id",
            Id,
            "id of the token that the actor used, where the API tells",
            STREAM,
        ),
        field(
            "actor_token_label",
            Text,
            "name of the token that the actor used, where the API tells",
            STREAM,
        ),
        field(
            "actor_app_id",
            Id,
            "id of the app that acted, where the API tells",
            STREAM,
        ),
        field(
            "on_behalf_of_id",
            Id,
            "account id of the person whom an app acted for, where the API tells",
            STREAM,
        ),
        field(
            "on_behalf_of_name",
            Text,
            "name of the person whom an app acted for",
            STREAM,
        ),
        field(
            "on_behalf_of_email",
            Email,
            "address of the person whom an app acted for",
            STREAM,
        ),
        field(
            "context",
            Records(OBJECT),
            "what was acted on: several objects in any order, so they are told apart by `type`",
            STREAM,
        ),
        field(
            "container",
            Records(OBJECT),
            "where it was done: the organisation, a site, a space",
            STREAM,
        ),
        field(
            "ip_address",
            IpRange,
            "address that the actor came from; `null`: none recorded",
            STREAM,
        )
        .none_if_omitted(),
        field(
            "country",
            Text,
            "country of that address, in English; `null`: none recorded",
            STREAM,
        )
        .none_if_omitted(),
        field(
            "region",
            Text,
            "region of that address; `null`: none recorded",
            STREAM,
        )
        .none_if_omitted(),
        field(
            "city",
            Text,
            "city of that address; `null`: none recorded",
            STREAM,
        )
        .none_if_omitted(),
        field(
            "message",
            Text,
            "the event in words; localised, so nothing to compare with",
            STREAM,
        ),
    ],
};

/// An object of an event. What an attribute is called differs with the object's type; those that are told of
/// here are the ones seen, and an object that does not carry one has none.
const OBJECT: &[Field] = &[
    field("id", Id, "id of the object", STREAM),
    field(
        "type",
        Text,
        "what it is, in the API's word: `users`, `groups`, `sites`, `orgs`, `space` and `apps` were seen, and there are more",
        STREAM,
    ),
    field("name", Text, "its name", STREAM).none_if_omitted(),
    field("email", Email, "address of a user", STREAM).none_if_omitted(),
    field("group_name", Text, "name of a group", STREAM).none_if_omitted(),
    field(
        "status",
        Text,
        "how a sign-in went: `success`, `fail`, `failed` and `failure` were seen",
        STREAM,
    )
    .none_if_omitted(),
    field("product", Text, "key of a product", STREAM).none_if_omitted(),
    field(
        "permission",
        Text,
        "a permission that was given or taken",
        STREAM,
    )
    .none_if_omitted(),
    field("setting_name", Text, "a setting that was changed", STREAM).none_if_omitted(),
    field(
        "setting_values",
        Text,
        "what of the setting was changed",
        STREAM,
    )
    .none_if_omitted(),
];
