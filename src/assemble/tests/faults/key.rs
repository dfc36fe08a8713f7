//! The key goes to the API alone, only to read, and is kept nowhere.

use crate::assemble::tests::records::*;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::{Reply, Seen, Server, json_reply, reply};
use crate::assemble::tests::world::World;
use crate::collect::Limits;
use crate::progress::Silent;
use crate::snapshot::{Completeness, CutReason, RecordSource};
use serde_json::{Value, json};

#[test]
fn the_key_never_goes_to_another_host() {
    let (ran, elsewhere) = {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("s");
        let (snapshot, elsewhere) = block_on(async {
            let other = Server::start(World::new(), ORG).await;
            let there = other.url.clone();
            let location = format!("{there}/admin/v1/orgs/{ORG}/domains?cursor=at%2B2");
            let world = World::new();
            let good = world.clone();
            let world = world.with_fault(move |seen| match seen.route.as_str() {
                "domains" => Some(reply(302, &[("location", &location)], "text/plain", "")),
                "policies" => {
                    let Reply::Send {
                        status,
                        headers,
                        body,
                    } = good.answer(seen)
                    else {
                        return None;
                    };
                    let body = String::from_utf8(body).ok()?;
                    let body = body.replace("https://api.atlassian.com", &there);
                    Some(Reply::Send {
                        status,
                        headers,
                        body: body.into_bytes(),
                    })
                }
                _ => None,
            });
            let mut world = world;
            world.page_size = 1;
            let server = Server::start(world, ORG).await;
            let raw = collect_into(&path, &server.url, Limits::default(), &Silent).await;
            let snapshot =
                crate::assemble::assemble(raw.expect("a run"), &Silent).expect("a snapshot");
            (snapshot, other.seen())
        });
        (snapshot, elsewhere)
    };
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    let datasets = &ran.manifest().datasets;
    assert_eq!(
        datasets["domains"].completeness,
        Completeness::Cut {
            reason: CutReason::ForeignHost,
            detail: "page 1: 302 Found: the API redirects to 127.0.0.1, which is not followed"
                .to_owned()
        }
    );
    // A link to the next page is only read for its cursor.
    assert_eq!(datasets["policies"].completeness, Completeness::Whole);
    assert_eq!(datasets["policies"].records, 2);
}

#[test]
fn the_key_is_in_no_file_no_message_and_no_progress() {
    // Even where the API repeats it.
    let echo = |seen: &Seen| match seen.route.as_str() {
        "domains" => Some(json_reply(
            200,
            &json!({"data": [], "you_sent": format!("Bearer {KEY}")}),
        )),
        "users" => Some(json_reply(403, &json!({"message": KEY}))),
        "policies" => Some(reply(
            429,
            &[("retry-after", KEY)],
            "application/json",
            "{}",
        )),
        "workspaces" => Some(reply(
            302,
            &[("location", &format!("http://{KEY}.example/"))],
            "text/plain",
            "",
        )),
        _ => None,
    };
    let ran = run(&World::new().with_fault(echo));
    assert_eq!(
        ran.state("domains"),
        "cut: page 1: the answer repeats the API key, so it is not kept"
    );
    assert!(!format!("{:?}", ran.snapshot()).contains(KEY));
    assert!(!ran.told.to_lowercase().contains(&KEY.to_lowercase()));
    let mut texts = 0;
    for (path, bytes) in ran.files() {
        let bytes = match path.extension() {
            Some(zst) if zst == "zst" => zstd::decode_all(bytes.as_slice()).expect("whole frames"),
            _ => bytes,
        };
        texts += 1;
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains(&KEY.to_lowercase()), "{}", path.display());
        assert!(!text.contains("authorization"), "{}", path.display());
    }
    assert!(texts > 20, "the folder was looked into");
}

#[test]
fn every_request_only_reads_and_carries_the_key_in_its_header() {
    let ran = run(&World::new());
    assert!(ran.seen.len() >= 16);
    for seen in &ran.seen {
        let searches = [
            SEARCH,
            GROUPS,
            "workspaces",
            "administrators",
            POLICY_MEMBERS,
        ];
        match seen.method.as_str() {
            "GET" => assert_eq!(seen.body, Value::Null),
            "POST" => assert!(searches.contains(&seen.route.as_str()), "{}", seen.path),
            other => panic!("{other} {}", seen.path),
        }
        let head = seen.head.to_lowercase();
        let key = match seen.route.starts_with("scim/") {
            true if seen.path.contains(DIRECTORY) => SCIM_KEY,
            true => OTHER_SCIM_KEY,
            false => KEY,
        };
        assert!(head.contains(&format!("authorization: bearer {}", key.to_lowercase())));
        assert!(head.contains("user-agent: tickmark/"));
        assert!(!seen.path.contains(key));
    }
}
