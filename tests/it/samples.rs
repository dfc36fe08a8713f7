//! `reports/` holds one sample of each format, made from the sandbox organisation.

use std::fs;
use std::path::Path;

use tickmark::assemble::child;
use tickmark::assess::assess;
use tickmark::gate::Gate;
use tickmark::import::WithLists;
use tickmark::progress::Silent;
use tickmark::report::{FORMATS, ReportOptions, ReportView};
use tickmark::sandbox::ExportVariant;

use crate::organization::{exports, snapshot, stable_options, world};
use crate::truth::{lists, options, plan};

/// What a sample says in place of what differs from run to run: the sandbox's port is part of the
/// manifest, and so of its digest.
const SAMPLE_API_URL: &str = "https://api.atlassian.com";
const SAMPLE_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a sample shows: every outcome, a question, exports, lists, a share and a count. The whole library would be a
/// page that nobody reads as a sample.
const SHOWN: &[&str] = &[
    "access-review-recorded",
    "accounts-email-verified",
    "accounts-idle",
    "accounts-sources-agree",
    "accounts-sso",
    "accounts-synced",
    "accounts-two-step-or-sso",
    "admin-groups-synced",
    "admins-two-step-or-sso",
    "allowlist-no-wide-range",
    "api-tokens-expire",
    "api-tokens-unused",
    "classification-levels-published",
    "domains-no-pending-claims",
    "domains-verified",
    "external-accounts-approved-domains",
    "leavers-deactivated",
    "organization-admins-count",
    "workspaces-ip-allowlist",
    "workspaces-registered",
];

#[test]
fn samples_are_what_this_version_writes() {
    let world = world(240, 1);
    let dir = tempfile::tempdir().expect("a folder");
    let collected = snapshot(&world, stable_options(), &dir.path().join("collected"));
    let files = exports(&world, ExportVariant::Fresh, &dir.path().join("files"));
    let snapshot =
        child(&collected, &files, &dir.path().join("snapshot"), &Silent).expect("a child");
    let plan = plan(&world);
    let lists = lists(&world, &plan);
    let mut assessment = assess(&plan, &WithLists::new(&snapshot, &lists), options(&world))
        .expect("a readable snapshot");
    SAMPLE_API_URL.clone_into(&mut assessment.snapshot.api_url);
    SAMPLE_DIGEST.clone_into(&mut assessment.snapshot.sha256);
    assessment
        .controls
        .retain(|control| SHOWN.contains(&control.id.as_str()));
    assert_eq!(assessment.controls.len(), SHOWN.len());
    let verdict = Gate::default().judge(&assessment);
    let options = ReportOptions::default();
    let view = ReportView::new(&assessment, &verdict, &options).expect("readable findings");
    let mut stale = Vec::new();
    for format in FORMATS {
        let mut written = Vec::new();
        (format.write)(&view, &mut written).expect("memory");
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("reports")
            .join(format!("sample.{}", format.extension));
        if std::env::var_os("UPDATE_SAMPLES").is_some() {
            fs::write(&path, &written).expect("the folder is there");
        }
        if fs::read(&path).unwrap_or_default() != written {
            stale.push(path.display().to_string());
        }
    }
    assert!(
        stale.is_empty(),
        "not what this version writes; `UPDATE_SAMPLES=1 cargo test samples` rewrites them: {stale:?}"
    );
}
