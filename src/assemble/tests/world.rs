//! A small organisation, and what a server of it answers to each request.

use super::records::*;
use super::server::{Reply, Seen, json_reply, reply};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Fault = Arc<dyn Fn(&Seen) -> Option<Reply> + Send + Sync>;

/// Records by route, and how they are served.
#[derive(Clone)]
pub struct World {
    pub records: BTreeMap<&'static str, Vec<Value>>,
    pub counts: BTreeMap<&'static str, u64>,
    pub page_size: usize,
    pub(super) fault: Fault,
}

impl World {
    /// An organisation with a few records of every kind.
    pub fn new() -> World {
        World {
            records: records(),
            counts: BTreeMap::new(),
            page_size: 2,
            fault: Arc::new(|_| None),
        }
    }

    /// Who is in which authentication policy, of the accounts that a request names.
    fn policy_members(&self, asked: &Value) -> Value {
        let asked = asked["accountIds"].as_array().expect("a batch of ids");
        let members = self.records[POLICY_MEMBERS].iter();
        members
            .filter(|member| asked.contains(&member["accountId"]))
            .cloned()
            .collect()
    }

    /// Counts by kind, of what is served.
    fn stats(&self, route: &str) -> Value {
        let count = |route: &str, is_it: &dyn Fn(&Value) -> bool| {
            let records = self.records[route].iter();
            records.filter(|record| is_it(record)).count()
        };
        if route.contains("/groups/") {
            let synced = count(GROUPS, &|group| group["externalSynced"] == true);
            return json!({"totals": {"all": count(GROUPS, &|_| true), "managed": 0, "synced": synced}});
        }
        let statuses = ["active", "inactive", "closed"].map(|status| {
            let count = count(SEARCH, &|account| account["accountStatus"] == status);
            json!({"status": status, "count": count})
        });
        json!({"accountStatus": statuses, "roles": []})
    }

    /// A page of a provisioning directory: by the number of its first record.
    fn scim_page(&self, seen: &Seen, total: u64) -> Reply {
        let records = match seen.path.contains(DIRECTORY) {
            true => &self.records[seen.route.as_str()][..],
            // Nobody is in the other one.
            false => &[],
        };
        let start = seen
            .cursor
            .as_deref()
            .unwrap_or("1")
            .parse()
            .unwrap_or(1_usize);
        let page: Vec<&Value> = records
            .iter()
            .skip(start - 1)
            .take(self.page_size)
            .collect();
        let total = if records.is_empty() { 0 } else { total };
        let body = json!({"schemas": [], "totalResults": total, "startIndex": start,
            "itemsPerPage": page.len(), "Resources": page});
        reply(200, &[], "application/scim+json", body.to_string())
    }

    /// The same world, where requests that `fault` answers come out as it says.
    pub fn with_fault(
        mut self,
        fault: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static,
    ) -> World {
        self.fault = Arc::new(fault);
        self
    }

    /// What a server that works answers.
    pub fn answer(&self, seen: &Seen) -> Reply {
        let count_of = |route: &str| {
            let records = self.records[route].len() as u64;
            self.counts.get(route).copied().unwrap_or(records)
        };
        match seen.route.as_str() {
            "" => return json_reply(200, &json!({"data": self.records[""][0]})),
            "directories/-/users/count" => {
                return json_reply(200, &json!({"count": count_of(SEARCH)}));
            }
            "directories/-/groups/count" => {
                return json_reply(200, &json!({"count": count_of(GROUPS)}));
            }
            route if route.ends_with("/stats") => return json_reply(200, &self.stats(route)),
            POLICY_MEMBERS => return json_reply(200, &self.policy_members(&seen.body)),
            route if route.starts_with("scim/") => return self.scim_page(seen, count_of(route)),
            "api-tokens/count" => return json_reply(200, &json!(count_of("api-tokens"))),
            "api-keys/count" => return json_reply(200, &json!(count_of("api-keys"))),
            "classification-levels" => {
                let levels = &self.records["classification-levels"];
                let links = json!({"first": null, "next": null, "prev": null});
                return json_reply(200, &json!({"levels": levels, "links": links}));
            }
            _ => {}
        }
        if seen.route == "events-stream" {
            return self.page_of_log(seen);
        }
        let Some(records) = self.records.get(seen.route.as_str()) else {
            return json_reply(404, &json!({"errors": [{"title": "no such route"}]}));
        };
        let start = match &seen.cursor {
            None => 0,
            Some(cursor) => match cursor.strip_prefix("at+").and_then(|at| at.parse().ok()) {
                Some(start) => start,
                None => return json_reply(400, &json!({"errors": [{"code": "ADMIN-400-1"}]})),
            },
        };
        let in_one_answer = ["service-accounts", "event-actions"].contains(&seen.route.as_str());
        let page_size = match in_one_answer {
            true => records.len(),
            false => self.page_size,
        };
        let end = (start + page_size).min(records.len());
        let next = (end < records.len()).then(|| format!("at+{end}"));
        let full_url = !seen.route.starts_with("directories") && seen.route != "api-tokens";
        let next = next.map(|cursor| match full_url {
            true => format!(
                "https://api.atlassian.com{}?cursor={}",
                seen.path,
                cursor.replace('+', "%2B")
            ),
            false => cursor,
        });
        json_reply(
            200,
            &json!({"data": records[start..end], "links": {"self": "s", "next": next},
                "meta": {"total": count_of(&seen.route)}}),
        )
    }
}

impl World {
    /// A page of the audit log. What a cursor stands for is counted in the whole log.
    fn page_of_log(&self, seen: &Seen) -> Reply {
        let log = &self.records["events-stream"];
        let moment = |event: &Value| -> i64 {
            let text = event["attributes"]["processedAt"].as_str().expect("a text");
            text.parse::<Timestamp>().expect("a time").as_millisecond()
        };
        let bound = |name: &str| -> Option<i64> { seen.query.get(name)?.parse().ok() };
        let (from, to) = (bound("from"), bound("to"));
        let page = |events: &[Value], next: Value| {
            json_reply(
                200,
                &json!({"data": events, "links": {}, "meta": {"next": next, "page_size": self.page_size}}),
            )
        };
        if seen.query.get("sortOrder").map(String::as_str) == Some("desc") {
            let newest = log
                .iter()
                .rfind(|event| to.is_none_or(|to| moment(event) <= to));
            return page(newest.map_or(&[], std::slice::from_ref), json!("more"));
        }
        let start = match &seen.cursor {
            None => log
                .iter()
                .position(|event| from.is_none_or(|from| from <= moment(event)))
                .unwrap_or(log.len()),
            Some(cursor) => match cursor.strip_prefix("at+").and_then(|at| at.parse().ok()) {
                Some(start) => start,
                None => return json_reply(400, &json!({"errors": [{"code": "ADMIN-400-1"}]})),
            },
        };
        let end = (start + self.page_size).min(log.len());
        page(&log[start..end], json!(format!("at+{end}")))
    }
}

/// A world in which every request to `route` meets `fault`.
pub fn world_with(
    route: &'static str,
    fault: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static,
) -> World {
    World::new().with_fault(move |seen| match seen.route == route {
        true => fault(seen),
        false => None,
    })
}
