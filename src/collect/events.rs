//! Audit events of a period: `GET /admin/v1/orgs/{org}/events-stream`, scope `read:events:admin`.
//!
//! `{data: [{id, attributes: {time, processedAt, action, actor, context, container, location}, message}],
//! links: {next: URL}, meta: {next: cursor}}`. Documented limit: 50 requests a minute of this path, so that
//! it has a budget of its own. Which page is asked for, and what that shows, is [`Walk`]'s.
//!
//! Members that differ from one kind of object to the next (`context`, `container`) are made even at assembly:
//! the origins name them as they are then.

use super::client::ApiRequest;
use super::journal::{Exchange, Purpose};
use super::retry::{Asker, Verdict, http_date};
use super::{
    CollectError, Collector, Count, Origin, Paging, Parts, Rate, Verb, from, read_page, record_id,
    records,
};
use crate::audit_log::{Answer, Ask, EventPage, Stamp, Walk, Walked};
use crate::progress::Event;
use jiff::Timestamp;
use serde::Deserialize;

pub(super) static EVENTS: Collector = Collector {
    name: "events",
    dataset: "events",
    source: "events-stream",
    method: Verb::Get,
    path: "/admin/v1/orgs/{org}/events-stream",
    paging: Paging::AuditLog,
    parts: Parts::One,
    fallback: None,
    rate: Some(Rate::a_minute(50)),
    count: Count::None,
    list: "data",
    id: "id",
    origins: &[
        from("time", "attributes.time"),
        from("processed_at", "attributes.processedAt"),
        from("action", "attributes.action"),
        from("actor_id", "attributes.actor.id"),
        from("actor_name", "attributes.actor.name"),
        from("actor_email", "attributes.actor.email"),
        from("actor_auth_type", "attributes.actor.auth.authType"),
        from("actor_token_id", "attributes.actor.auth.tokenId"),
        from("actor_token_label", "attributes.actor.auth.tokenLabel"),
        from("actor_app_id", "attributes.actor.app.id"),
        from("on_behalf_of_id", "attributes.actor.onBehalfOf.id"),
        from("on_behalf_of_name", "attributes.actor.onBehalfOf.name"),
        from("on_behalf_of_email", "attributes.actor.onBehalfOf.email"),
        records("context", "attributes.context", OBJECT),
        records("container", "attributes.container", OBJECT),
        from("ip_address", "attributes.location.ip"),
        from("country", "attributes.location.countryName"),
        from("region", "attributes.location.regionName"),
        from("city", "attributes.location.city"),
        from("message", "message.content"),
    ],
};

/// An object that was acted on, or that it happened in.
const OBJECT: &[Origin] = &[
    from("id", "id"),
    from("type", "type"),
    from("name", "attributes.name"),
    from("email", "attributes.email"),
    from("group_name", "attributes.groupName"),
    from("status", "attributes.status"),
    from("product", "attributes.product"),
    from("permission", "attributes.permissionName"),
    from("setting_name", "attributes.settingName"),
    from("setting_values", "attributes.settingValues"),
];

/// Leads `walk` to its end.
///
/// # Errors
/// The journal cannot be written, or a request is not one that may be sent.
pub(super) async fn walk(
    mut walk: Walk,
    collector: &Collector,
    asker: &mut Asker<'_>,
) -> Result<Walked, CollectError> {
    while let Some(ask) = walk.ask() {
        if let Some(reason) = walk.broken_off() {
            asker.progress.tell(Event::ReadAgain {
                name: collector.name,
                reason: &reason,
            });
        }
        let purpose = match ask {
            Ask::NewestUntil(_) => Purpose::Edge,
            Ask::Since(_) | Ask::Behind(_) => Purpose::Page,
        };
        let request = ApiRequest {
            verb: collector.method,
            path: asker.path(collector.path),
            query: ask.query(),
            body: None,
        };
        let verdict = asker
            .ask(&request, purpose, |exchange| page(collector, exchange))
            .await?;
        walk.take(match verdict {
            Verdict::Accepted(page) => Answer::Page(page),
            Verdict::Refused { status, detail } => Answer::Refused { status, detail },
            Verdict::Failed { reason, detail } => Answer::Failed { reason, detail },
        });
        asker.progress.tell(Event::PageFetched {
            name: collector.name,
            pages: walk.pages(),
            records: walk.events(),
            total: None,
        });
    }
    let (pages, records) = (walk.pages(), walk.events());
    let walked = walk.finish();
    asker.progress.tell(Event::Fetched {
        name: collector.name,
        pages,
        records,
        state: walked.completeness.word(),
        detail: walked.completeness.detail(),
    });
    Ok(walked)
}

/// The page of the log that `exchange` brought.
fn page(collector: &Collector, exchange: &Exchange) -> Result<EventPage, String> {
    let page = read_page(collector, exchange)?;
    let server = exchange.header("date").and_then(http_date);
    Ok(EventPage {
        // What has no id cannot be told apart; assembly counts it.
        events: page
            .records
            .iter()
            .filter_map(|record| {
                let id = record_id(record.get(), collector.id)?;
                Some(Stamp::new(&id, processed_at(record.get())))
            })
            .collect(),
        next: page.next,
        at: server.map_or(exchange.asked_at, |server| server.min(exchange.asked_at)),
    })
}

/// When an event was processed, or else when it happened: what there is of the two.
fn processed_at(text: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Wire {
        attributes: Attributes,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Attributes {
        processed_at: Option<Timestamp>,
        time: Option<Timestamp>,
    }
    let wire: Wire = serde_json::from_str(text).ok()?;
    wire.attributes.processed_at.or(wire.attributes.time)
}
