//! A small organisation behind a bare HTTP server: it can also cut, hang, redirect and send any bytes,
//! which a web framework would not let it.

use crate::assemble::assemble;
use crate::audit_log::AskedPeriod;
use crate::catalog;
use crate::collect::{
    ApiKey, CollectError, CollectRequest, FixedClock, Limits, ScimKeys, Start, collect,
};
use crate::progress::Lines;
use crate::snapshot::{DatasetStatement, Manifest, RecordSource, Snapshot};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const ORG: &str = "6c9d2f6e-1b0a-4a57-9d3c-0f4e5b7a8c21";
pub const KEY: &str = "ATCTTsecretKEYthatMUSTnotLEAK0123456789";
/// Provisioning directories, each with a key of its own.
pub const DIRECTORY: &str = "d1d1d1d1-7f24-4d0e-8a6b-2c1d9e8f7a60";
pub const SCIM_KEY: &str = "SCIMsecretKEYthatMUSTnotLEAK9876543210";
pub const OTHER_DIRECTORY: &str = "d2d2d2d2-7f24-4d0e-8a6b-2c1d9e8f7a60";
pub const OTHER_SCIM_KEY: &str = "OTHERsecretKEYthatMUSTnotLEAK555555555";

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Below the organisation: `users`, `directories/-/users/search`; of a provisioning directory `scim/Users`.
    /// A search for administrators is `administrators`, and what is asked about one of them
    /// `role-assignments`.
    pub route: String,
    pub path: String,
    pub cursor: Option<String>,
    pub query: BTreeMap<String, String>,
    pub body: Value,
    pub head: String,
    /// How often the same was asked before.
    pub nth: usize,
}

/// What the server does instead of answering well.
#[derive(Clone)]
pub enum Reply {
    Send {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Promises more than it sends, then closes.
    CutBody,
    /// Sends a body in chunks and closes before the last one.
    CutChunked,
    /// Never answers.
    Hang,
}

/// A JSON answer.
pub fn json_reply(status: u16, body: &Value) -> Reply {
    reply(status, &[], "application/json", body.to_string())
}

pub fn reply(
    status: u16,
    headers: &[(&str, &str)],
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> Reply {
    let mut headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    headers.push(("content-type".to_owned(), content_type.to_owned()));
    Reply::Send {
        status,
        headers,
        body: body.into(),
    }
}

/// What the API tells of administrators, authentication policies and provisioning directories.
fn with_directory(
    mut records: BTreeMap<&'static str, Vec<Value>>,
) -> BTreeMap<&'static str, Vec<Value>> {
    let administrator = |id: &str| {
        json!({"accountId": id, "name": format!("Name of {id}"), "email": format!("{id}@corp.example"),
            "accountStatus": "active", "claimStatus": "managed"})
    };
    records.insert(
        "administrators",
        vec![
            administrator("a1"),
            administrator("a2"),
            administrator("a4"),
        ],
    );
    records.insert(
        "role-assignments",
        vec![
            json!({"resourceId": "ari:org", "resourceOwner": "platform", "roles": ["atlassian/org-admin"],
                "roleAssignments": [{"role": "atlassian/org-admin", "roleAssignmentMethods": ["direct"]}],
                "directoryId": null, "userDirectoryStatus": null}),
            json!({"resourceId": "ari:jira", "resourceOwner": "jira-software",
                "roles": ["atlassian/admin", "atlassian/user"],
                "roleAssignments": [
                    {"role": "atlassian/user", "roleAssignmentMethods": ["group_direct", "inferred"]},
                    {"role": "atlassian/admin", "roleAssignmentMethods": ["group_direct"]}],
                "directoryId": "dir1", "userDirectoryStatus": "active"}),
        ],
    );
    let member = |id: &str, policy: &str| {
        json!({"email": format!("{id}@corp.example"), "accountId": id, "policyId": policy,
            "policyName": format!("Name of {policy}")})
    };
    records.insert(
        POLICY_MEMBERS,
        vec![
            member("a1", "ap1"),
            member("a2", "ap1"),
            member("a4", "ap2"),
        ],
    );
    let user = |id: &str, email: &str| {
        json!({"id": id, "userName": email, "displayName": format!("Name of {id}"), "active": true,
            "emails": [{"value": email, "type": "work", "primary": true}],
            "groups": [{"value": "sg1", "display": "engineers"}],
            "meta": {"created": "2024-01-02T03:04:05.000Z", "lastModified": "2026-09-12T09:30:00.000Z"}})
    };
    let mut told = user("u1", "A1@corp.example");
    told["externalId"] = json!("00u1");
    told["urn:scim:schemas:extension:atlassian-external:1.0"] = json!({"atlassianAccountId": "a1"});
    records.insert(
        "scim/Users",
        vec![
            told,
            user("u2", "a2@corp.example"),
            user("u3", "joins@corp.example"),
        ],
    );
    records.insert(
        "scim/Groups",
        vec![json!({"id": "sg1", "displayName": "engineers", "members": [{"value": "u1"}, {"value": "u2"}],
            "meta": {"created": "2024-01-02T03:04:05.000Z", "lastModified": "2026-09-12T09:30:00.000Z"}})],
    );
    records
}

type Fault = Arc<dyn Fn(&Seen) -> Option<Reply> + Send + Sync>;

/// Records by route, and how they are served.
#[derive(Clone)]
pub struct World {
    pub records: BTreeMap<&'static str, Vec<Value>>,
    pub counts: BTreeMap<&'static str, u64>,
    pub page_size: usize,
    fault: Fault,
}

pub const SEARCH: &str = "directories/-/users/search";
pub const GROUPS: &str = "directories/-/groups/search";
pub const POLICY_MEMBERS: &str = "users/auth-policies/bulk-fetch";

impl World {
    /// An organisation with a few records of every kind.
    pub fn new() -> World {
        let account = |id: &str, claim: &str, last: Value| {
            json!({
                "accountId": id, "accountType": "atlassian", "accountStatus": "active",
                "membershipStatus": "active", "claimStatus": claim, "name": format!("Name of {id}"),
                "email": format!("{id}@{}", if claim == "managed" { "Corp.example" } else { "mail.example" }),
                "emailVerified": true, "managementSource": null, "mfaEnabled": claim == "managed",
                "addedToOrg": "2024-01-02T03:04:05.000Z",
                "platformRoles": ["atlassian/org-admin"],
                "groups": [{"id": "ari:cloud:identity::group/g1", "name": "admins", "description": null}],
                "productAccess": [{"id": "ari:jira", "key": "jira-software", "lastActiveTimestamp": last}],
                "links": {"self": id},
            })
        };
        let managed = |id: &str, last: Value| {
            json!({
                "account_id": id, "account_type": "atlassian", "account_status": "active",
                "name": format!("Name of {id}"), "email": format!("{id}@corp.example"),
                "access_billable": true, "last_active": last, "product_access": [],
            })
        };
        let domain = |id: &str, name: &str, status: &str| json!({"id": id, "type": "domains", "attributes": {"name": name, "claim": {"type": "dns", "status": status}}});
        let records = BTreeMap::from([
            ("", vec![json!({"id": ORG, "attributes": {"name": "Corp"}})]),
            (
                "directories",
                vec![json!({"directoryId": "dir1", "name": "Main"})],
            ),
            (
                "domains",
                vec![
                    domain("d1", "corp.example", "verified"),
                    domain("d2", "old.example", "unverified"),
                    domain("d3", "third.example", "missing_token"),
                ],
            ),
            (
                SEARCH,
                vec![
                    account("a1", "managed", json!("2026-10-01T00:00:00.000Z")),
                    account("a2", "managed", Value::Null),
                    account("a3", "unmanaged", Value::Null),
                    account("a4", "managed", Value::Null),
                    account("a5", "unmanaged", json!("2026-09-01T00:00:00Z")),
                ],
            ),
            (
                "users",
                vec![
                    managed("a1", json!("2026-10-02T00:00:00.000Z")),
                    managed("a2", Value::Null),
                    managed("a4", json!("2026-08-01T00:00:00.000Z")),
                ],
            ),
            (
                GROUPS,
                vec![
                    json!({"id": "g1", "name": "admins", "description": "", "directoryId": "dir1",
                    "externalSynced": false, "managedBy": "admins", "counts": {"users": 5, "resources": 1}}),
                ],
            ),
            (
                "policies",
                vec![
                    json!({"id": "p1", "type": "policy", "attributes": {"type": "ip-allowlist", "name": "Office",
                        "status": "enabled", "rule": {"in": ["203.0.113.0/24", "::1", "hall"]},
                        "resources": [{"id": "ari:jira", "applicationStatus": "applied"},
                            {"id": "ari:conf", "applicationStatus": "removing"}],
                        "createdAt": "2024-05-06T10:00:00.000Z"}}),
                    json!({"id": "p2", "type": "policy", "attributes": {"type": "data-security", "name": "Links",
                        "status": "enabled", "resources": []}}),
                ],
            ),
            (
                "workspaces",
                vec![json!({"id": "ari:jira", "type": "workspaces",
                    "attributes": {"name": "corp", "typeKey": "jira-software", "type": "Jira", "status": "online",
                        "sandbox": {"type": "NONE"}, "hostUrl": null, "realm": "EU", "regions": ["b", "a"],
                        "createdAt": "2021-06-01T09:00:00Z"},
                    "relationships": {"policies": [{"id": "p1"}],
                        "entitlements": [{"attributes": {"planKey": "Premium"}}]}})],
            ),
            (
                "api-tokens",
                vec![
                    json!({"id": "t1", "label": "ci", "status": "ALLOWED", "createdAt": "2024-01-10T08:00:00.000Z",
                        "expiresAt": null, "user": {"id": "a1", "name": "Name of a1", "email": "a1@corp.example"}}),
                    json!({"id": "t2", "label": "old", "status": "ALLOWED", "createdAt": "2021-01-10T08:00:00.000Z",
                        "user": {"id": "gone", "name": "Gone"}}),
                ],
            ),
            (
                "api-keys",
                vec![
                    json!({"id": "k1", "label": "controls", "createdAt": "2026-07-01T09:00:00.000Z",
                        "expiresAt": "2027-06-30T09:00:00.000Z", "lastActiveAt": null, "resource": "ari:org",
                        "systemAccountId": "5f7e", "createdBy": {"id": "a2", "name": "Name of a2"},
                        "scopes": ["read:orgs:admin"]}),
                ],
            ),
            (
                "service-accounts",
                vec![json!({"id": "s1", "name": "builder", "status": "active"})],
            ),
            (
                "oauth-clients",
                vec![json!({"id": "c1", "name": "pipeline", "serviceAccountId": "s1"})],
            ),
            (
                "classification-levels",
                vec![
                    json!({"levelId": "l1", "name": "Restricted", "sensitivity": 1, "status": "PUBLISHED",
                    "createdBy": {"name": "Name of a1", "accountId": "a1"},
                    "createdOn": "2025-02-03T09:00:00.000Z", "changedOn": null}),
                ],
            ),
            (
                "event-actions",
                vec![
                    json!({"id": "user_added_to_group", "type": "event-actions",
                        "attributes": {"displayName": "Added user to group", "groupDisplayName": "Groups"}}),
                    json!({"id": "user_login", "type": "event-actions",
                        "attributes": {"displayName": "Signed in", "groupDisplayNames": ["Users", "Access"]}}),
                ],
            ),
        ]);
        let mut records = with_directory(records);
        records.insert("events-stream", events());
        World {
            records,
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

/// The audit log: processed in this order, and not in the order in which they happened.
fn events() -> Vec<Value> {
    let event = |id: &str, time: &str, processed_at: &str, action: &str| {
        json!({"id": id, "type": "events", "attributes": {
            "time": time, "processedAt": processed_at, "action": action,
            "actor": {"id": "a1", "name": "Name of a1", "email": "A1@corp.example"},
            "context": [{"id": "g1", "type": "groups", "attributes": {"groupName": "admins"}}],
            "location": {"ip": "192.0.2.7", "countryName": "Kenya", "city": ""}}})
    };
    vec![
        // Before the period, and so the proof that the log was kept when it began.
        event(
            "e0",
            "2026-08-01T10:00:00Z",
            "2026-08-01T10:00:01Z",
            "user_login",
        ),
        // Within what is read again before it begins.
        event(
            "e1",
            "2026-08-22T05:59:58Z",
            "2026-08-22T05:59:59Z",
            "user_login",
        ),
        event(
            "e4",
            "2026-09-01T10:00:00.250Z",
            "2026-09-01T10:00:01Z",
            "user_added_to_group",
        ),
        event(
            "e2",
            "2026-09-01T08:00:00Z",
            "2026-09-01T12:00:00Z",
            "user_login",
        ),
        event(
            "e3",
            "2026-09-01T10:00:00.250Z",
            "2026-09-01T12:00:00Z",
            "not_listed",
        ),
        // It has not settled when the run begins.
        event(
            "e5",
            "2026-11-20T05:55:00Z",
            "2026-11-20T05:55:01Z",
            "user_login",
        ),
    ]
}

/// What a run left.
pub struct Ran {
    pub result: Result<Snapshot, CollectError>,
    pub seen: Vec<Seen>,
    /// Progress, as lines.
    pub told: String,
    pub dir: PathBuf,
    _temporary: tempfile::TempDir,
}

impl Ran {
    pub fn snapshot(&self) -> &Snapshot {
        self.result.as_ref().expect("the run gives a snapshot")
    }

    /// Completeness of a dataset, as a reader sees it.
    pub fn state(&self, dataset: &str) -> String {
        self.snapshot().manifest().datasets[dataset]
            .completeness
            .to_string()
    }

    /// Records of a dataset, without their provenance.
    pub fn records(&self, dataset: &str) -> Vec<Value> {
        let mut records: Vec<Value> = self
            .lines(dataset)
            .iter()
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect();
        for record in &mut records {
            record.as_object_mut().expect("an object").remove("_");
        }
        records
    }

    pub fn record(&self, dataset: &str, id: &str) -> Value {
        let records = self.records(dataset);
        let found = records.into_iter().find(|record| record["id"] == id);
        found.unwrap_or_else(|| panic!("{dataset} has {id}"))
    }

    pub fn lines(&self, dataset: &str) -> Vec<String> {
        let dataset = catalog::dataset(dataset).expect("a dataset");
        let mut lines = Vec::new();
        let mut text = String::new();
        for index in 0..self.snapshot().frame_count(dataset.name) {
            self.snapshot()
                .read_frame(dataset.name, index, &mut text)
                .expect("an unchanged frame");
            lines.extend(text.lines().map(str::to_owned));
        }
        lines
    }

    /// Every file of the folder with its bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&self.dir)
    }
}

/// Every file below `dir` with its bytes.
pub fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("below it").to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// Collects from `world` and assembles, with a clock that stands still.
pub fn run(world: &World) -> Ran {
    run_with(world, |_| {})
}

/// The same, with other limits.
pub fn run_with(world: &World, change: impl FnOnce(&mut Limits)) -> Ran {
    run_request(world, |request| change(&mut request.limits))
}

/// The same, without some datasets.
pub fn run_without(world: &World, datasets: &[&str]) -> Ran {
    run_request(world, |request| {
        request.without = datasets.iter().map(|name| (*name).to_owned()).collect();
    })
}

pub fn run_request(world: &World, change: impl FnOnce(&mut CollectRequest<'_>)) -> Ran {
    let temporary = tempfile::tempdir().expect("a folder");
    let dir = temporary.path().join("snapshot");
    let mut told = Vec::new();
    let (result, seen) = block_on(async {
        let server = Server::start(world.clone(), ORG).await;
        let progress = Lines::new(&mut told);
        let clock = FixedClock(now());
        let mut request = request(&dir, &server.url, &clock);
        change(&mut request);
        let result = collect(&request, &progress).await;
        let result =
            result.map(|raw| assemble(raw, &progress).expect("journals that were just written"));
        (result, server.seen())
    });
    Ran {
        result,
        seen,
        told: String::from_utf8(told).expect("lines are text"),
        dir,
        _temporary: temporary,
    }
}

/// Keys to both provisioning directories.
pub fn scim_keys() -> ScimKeys {
    format!("{DIRECTORY}={SCIM_KEY} {OTHER_DIRECTORY}={OTHER_SCIM_KEY}")
        .parse()
        .expect("keys")
}

/// A request for everything, into a folder that is new.
fn request<'a>(dir: &Path, api_url: &str, clock: &'a FixedClock) -> CollectRequest<'a> {
    CollectRequest {
        api_url: api_url.to_owned(),
        org_id: ORG.to_owned(),
        key: ApiKey::new(KEY).expect("a key"),
        scim_keys: scim_keys(),
        out: dir.to_owned(),
        start: Start::Anew,
        without: BTreeSet::new(),
        period: AskedPeriod::default(),
        ca_file: None,
        limits: Limits::default(),
        jitter_seed: 7,
        clock,
    }
}

pub async fn collect_into(
    dir: &Path,
    api_url: &str,
    limits: Limits,
    progress: &dyn crate::progress::Progress,
) -> Result<crate::collect::RawSnapshot, CollectError> {
    collect_as(dir, api_url, Start::Anew, limits, progress).await
}

/// The same, in a folder that may hold an interrupted run.
pub async fn collect_as(
    dir: &Path,
    api_url: &str,
    start: Start,
    limits: Limits,
    progress: &dyn crate::progress::Progress,
) -> Result<crate::collect::RawSnapshot, CollectError> {
    let clock = FixedClock(now());
    let request = CollectRequest {
        start,
        limits,
        ..request(dir, api_url, &clock)
    };
    collect(&request, progress).await
}

pub fn now() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a time")
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// A server on a loopback port. One request a connection.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    listener: tokio::task::AbortHandle,
}

impl Server {
    pub async fn start(world: World, org: &'static str) -> Server {
        Server::start_at(world, org, "http://127.0.0.1:0").await
    }

    /// The same at an address that an earlier server had.
    pub async fn start_at(world: World, org: &'static str, url: &str) -> Server {
        let address = url.trim_start_matches("http://");
        // The port of a server that was just stopped may stay taken for a moment.
        let mut bound = TcpListener::bind(address).await;
        for _ in 0..200 {
            if bound.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            bound = TcpListener::bind(address).await;
        }
        let listener = bound.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, world.clone(), org, log.clone()));
            }
        });
        Server {
            url,
            seen,
            listener: task.abort_handle(),
        }
    }

    /// Whoever aborts it, stops the server from answering new requests.
    pub fn listener(&self) -> tokio::task::AbortHandle {
        self.listener.clone()
    }

    pub fn stop(&self) {
        self.listener.abort();
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics in it").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    world: World,
    org: &'static str,
    log: Arc<Mutex<Vec<Seen>>>,
) -> Option<()> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0);
    while bytes.len() < head_end + length {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    let seen = seen_of(&head, &bytes[head_end..], org, &log);
    let reply = (world.fault)(&seen).unwrap_or_else(|| world.answer(&seen));
    match reply {
        Reply::Hang => tokio::time::sleep(Duration::from_secs(3600)).await,
        Reply::CutBody => {
            let text = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"data\": [";
            stream.write_all(text.as_bytes()).await.ok()?;
        }
        Reply::CutChunked => {
            let text = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
                        c\r\n{\"data\": []}\r\n";
            stream.write_all(text.as_bytes()).await.ok()?;
        }
        Reply::Send {
            status,
            headers,
            body,
        } => {
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(&body).await.ok()?;
        }
    }
    stream.shutdown().await.ok()
}

fn seen_of(head: &str, body: &[u8], org: &str, log: &Mutex<Vec<Seen>>) -> Seen {
    let mut words = head.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let url = reqwest::Url::parse("http://x")
        .and_then(|base| base.join(target))
        .expect("a target");
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let cursor = url
        .query_pairs()
        .find(|(name, value)| name == "cursor" || (name == "startIndex" && value != "1"))
        .map(|(_, value)| value.into_owned())
        .or_else(|| body["cursor"].as_str().map(str::to_owned));
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let path = url.path().to_owned();
    let marker = format!("/orgs/{org}");
    let below = path
        .split_once(&marker)
        .map_or("?", |(_, rest)| rest.trim_start_matches('/'));
    let route = match path.strip_prefix("/scim/directory/") {
        Some(rest) => format!(
            "scim/{}",
            rest.split_once('/').map_or("?", |(_, kind)| kind)
        ),
        None if !body["roleIds"].is_null() => "administrators".to_owned(),
        None if below.ends_with("/role-assignments") => "role-assignments".to_owned(),
        None => below.to_owned(),
    };
    let mut log = log.lock().expect("no test panics in it");
    let nth = log
        .iter()
        .filter(|other| {
            other.method == method
                && (&other.route, &other.path) == (&route, &path)
                && (&other.cursor, &other.query) == (&cursor, &query)
        })
        .count();
    let seen = Seen {
        method,
        route,
        path,
        cursor,
        query,
        body,
        head: head.to_owned(),
        nth,
    };
    log.push(seen.clone());
    seen
}

/// The datasets that the API fills, by name; the others come from exports of the console.
pub fn collected(manifest: &Manifest) -> impl Iterator<Item = (&String, &DatasetStatement)> {
    let is_collected = |name: &str| {
        let dataset = catalog::dataset(name);
        dataset.is_some_and(|dataset| dataset.is_collected())
    };
    let datasets = manifest.datasets.iter();
    datasets.filter(move |(name, _)| is_collected(name))
}
