//! An assessment made by hand: an invented organisation in which every outcome, every reason and every kind of
//! hostile text occurs. For tests of what reads assessments.

use super::*;
use crate::control::{Answer, Frameworks, MappingStrength, Severity};
use crate::snapshot::{
    AnswerStatement, Completeness, CutReason, DatasetStatement, EvidenceFileStatement,
    InputStatement, Misfit, MisfitKind, OrganizationStatement, SourceStatement, Tool,
};
use crate::value::sha256_hex;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The point in time of every fixture.
pub(crate) fn as_of() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a timestamp")
}

/// Texts that attack whatever shows them.
pub(crate) const HOSTILE: [&str; 7] = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)> & \"quotes\"",
    "=HYPERLINK(\"https://evil.example\")|`code`",
    "\u{202e}gnp.exe\u{200f} \u{0}null\u{7}bell\u{85}",
    "@everyone #123 [link](javascript:alert(1)) https://evil.example",
    "محمد بن عبد الله",
    "]]>--><!-- {{ 7 * 7 }} {% raw %}\u{fdd0}",
];

/// An assessment without datasets and controls.
pub(crate) fn empty() -> Assessment {
    Assessment {
        format: FORMAT.to_owned(),
        tool: Tool {
            name: "tickmark".to_owned(),
            version: "0.1.0".to_owned(),
        },
        organization: OrganizationStatement {
            id: "7c1f2a60-91f5-4d6b-b0f7-2a1d8f1f0c11".to_owned(),
            name: Some("Brenner & Sund Rail Works".to_owned()),
        },
        organization_plan: None,
        as_of: as_of(),
        snapshot: SnapshotStatement {
            sha256: sha256_hex(b"manifest"),
            collected_from: "2026-11-20T05:36:13Z".parse().expect("a timestamp"),
            collected_to: as_of(),
            clock_skew_ms: Some(-412),
            api_url: "https://api.atlassian.com".to_owned(),
            datasets: BTreeMap::new(),
            exports: Default::default(),
        },
        inputs: BTreeMap::new(),
        attestations: Vec::new(),
        policy_changes: Vec::new(),
        controls_sha256: sha256_hex(b"controls"),
        frameworks: Frameworks::built_in()
            .iter()
            .map(|framework| (framework.id.clone(), FrameworkStatement::of(framework)))
            .collect(),
        profile: None,
        controls: Vec::new(),
    }
}

/// The population of a control of the fixtures, each of which has one.
pub(crate) fn population(control: &mut ControlAssessment) -> &mut PopulationStatement {
    control
        .population
        .as_mut()
        .expect("its records are looked at")
}

/// A passing control over 3 accounts.
pub(crate) fn control(id: &str) -> ControlAssessment {
    ControlAssessment {
        id: id.to_owned(),
        code: None,
        title: format!("Every account meets {id}"),
        severity: Severity::Medium,
        severity_change: None,
        owner: None,
        due_on: None,
        tags: vec!["accounts".to_owned()],
        requires_plan: None,
        revision: 1,
        question: None,
        outcome: Outcome::Pass,
        reasons: Vec::new(),
        notes: Vec::new(),
        rationale: "What nobody looks at goes wrong unseen.".to_owned(),
        procedure: "For every active account: the field is as required.".to_owned(),
        not_tested: "Whether anyone approved an account to differ.".to_owned(),
        remediation: "Directory > Users > the account > Edit. Then collect again.".to_owned(),
        check_yourself: "Directory > Users, status Active.".to_owned(),
        references: Vec::new(),
        maps_to: BTreeMap::new(),
        parameters: Vec::new(),
        population: Some(PopulationStatement {
            dataset: "accounts".to_owned(),
            noun: ("account".to_owned(), "accounts".to_owned()),
            selector: "$.accounts[*]".to_owned(),
            fetched: 3,
            api_count: Some(3),
            completeness: Completeness::Whole,
            period: None,
            outside: Vec::new(),
            excluded: Vec::new(),
            in_scope: 3,
            undecided: 0,
            pass: 3,
            fail: 0,
            unknown: 0,
            error: 0,
            counted: 0,
            missing: 0,
            frequency: None,
        }),
        datasets: vec![dataset_use(
            "accounts",
            "population",
            Completeness::Whole,
            3,
        )],
        findings: Entries::default(),
        observations: Entries::default(),
        passing_sample: vec![PassingSubject {
            subject: account_id(1),
            label: "Ada Holm".to_owned(),
        }],
        source: ControlSource {
            file: format!("controls/accounts/{id}.yaml"),
            first_line: 14,
            last_line: 21,
            sha256: sha256_hex(id.as_bytes()),
        },
    }
}

fn dataset_use(
    dataset: &str,
    used_as: &str,
    completeness: Completeness,
    records: u64,
) -> DatasetUse {
    DatasetUse {
        dataset: dataset.to_owned(),
        used_as: used_as.to_owned(),
        completeness,
        records,
        sha256: if records == 0 {
            String::new()
        } else {
            sha256_hex(dataset.as_bytes())
        },
        sources: Vec::new(),
    }
}

fn account_id(number: u64) -> String {
    let digest = sha256_hex(&number.to_le_bytes());
    format!(
        "712020:{}-{}-{}",
        &digest[..8],
        &digest[8..12],
        &digest[12..20]
    )
}

const NAMES: [&str; 10] = [
    "Ada Holm",
    "Bo Lindqvist",
    "Chidi Okeke",
    "Dora Novak",
    "Emre Aydin",
    "Fatou Diallo",
    "Gus Whitaker",
    "Hana Sato",
    "Ines Duarte",
    "Jon Petersen",
];

fn name(number: u64) -> String {
    match usize::try_from(number).ok().and_then(|n| n.checked_sub(3)) {
        Some(place) if place < HOSTILE.len() => HOSTILE[place].to_owned(),
        Some(place) if place == HOSTILE.len() => "Långnamn ".repeat(34).trim().to_owned(),
        _ => NAMES[(number % 10) as usize].to_owned(),
    }
}

/// A fingerprint that is made from `seed`.
fn printed(seed: &str) -> Fingerprint {
    Fingerprint::of(&sha256_hex(seed.as_bytes())[..16]).expect("hexadecimal digits")
}

fn evidence(field: &str, value: Value, tested: bool, number: u64) -> Evidence {
    Evidence {
        field: field.to_owned().into(),
        value,
        present: true,
        tested,
        source: "users/search".into(),
        collected_at: Some(
            "2026-11-20T05:40:00Z"
                .parse::<Timestamp>()
                .expect("a timestamp")
                + SignedDuration::from_millis(i64::try_from(number % 900_000).expect("small") * 37),
        ),
    }
}

/// `count` accounts that were idle too long.
pub(crate) fn idle_findings(count: u64) -> Vec<Finding> {
    (0..count)
        .map(|number| {
            let day = as_of()
                - SignedDuration::from_hours(
                    24 * (91 + i64::try_from(number % 500).expect("small")),
                );
            Finding {
                subject: account_id(number),
                label: name(number),
                outcome: Outcome::Fail,
                fingerprint: printed(&format!("idle{number}")),
                message: format!("last active {}", day.strftime("%Y-%m-%d")).into(),
                evidence: vec![
                    evidence("last_active_at", json!(day.to_string()), true, number),
                    evidence("name", json!(name(number)), false, number),
                    evidence(
                        "email",
                        json!(format!("person.{number}@brenner-sund.example")),
                        false,
                        number,
                    ),
                    evidence(
                        "platform_roles",
                        if number % 50 == 0 {
                            json!(["atlassian/org-admin"])
                        } else {
                            json!([])
                        },
                        false,
                        number,
                    ),
                    evidence("api_token_count", json!(number % 3), false, number),
                ]
                .into(),
                reasons: Vec::new().into(),
            }
        })
        .collect()
}

fn unknown_findings(count: u64, field: &str, seed: &str) -> Vec<Finding> {
    (0..count)
        .map(|number| Finding {
            subject: account_id(10_000 + number),
            label: name(number),
            outcome: Outcome::Unknown,
            fingerprint: printed(&format!("{seed}{number}")),
            message: format!("{field} is not known").into(),
            evidence: vec![
                Evidence {
                    field: field.to_owned().into(),
                    value: Value::Null,
                    present: false,
                    tested: true,
                    source: "".into(),
                    collected_at: None,
                },
                evidence("account_status", json!("active"), false, number),
            ]
            .into(),
            reasons: vec![Reason::FieldAbsent {
                dataset: "accounts".to_owned(),
                field: field.to_owned(),
                settled_by: "the managed accounts export".to_owned(),
                subjects: 1,
            }]
            .into(),
        })
        .collect()
}

fn ledger(lines: &[(&str, u64)]) -> Vec<LedgerLine> {
    lines
        .iter()
        .map(|(label, records)| LedgerLine {
            label: (*label).to_owned(),
            records: *records,
        })
        .collect()
}

fn maps(criteria: &[(&str, &[&str])]) -> BTreeMap<String, Vec<Mapping>> {
    criteria
        .iter()
        .map(|(framework, ids)| {
            let mappings = ids
                .iter()
                .enumerate()
                .map(|(place, id)| Mapping {
                    id: (*id).to_owned(),
                    strength: if place == 0 {
                        MappingStrength::Partial
                    } else {
                        MappingStrength::Supporting
                    },
                    note: String::new(),
                })
                .collect();
            ((*framework).to_owned(), mappings)
        })
        .collect()
}

fn dataset(
    name: &str,
    completeness: Completeness,
    records: u64,
    api_count: Option<u64>,
    source: &str,
) -> (String, DatasetStatement) {
    let first: Timestamp = "2026-11-20T05:36:20Z".parse().expect("a timestamp");
    let answered = !matches!(completeness, Completeness::NotRequested);
    let statement = DatasetStatement {
        period: None,
        sources: vec![SourceStatement {
            fallback: None,
            counts: Vec::new(),
            source: source.to_owned(),
            completeness: completeness.clone(),
            requests: records.div_ceil(100).max(u64::from(answered)),
            retries: u64::from(name == "groups") * 5,
            errors: u64::from(name == "groups") * 5,
            readings: u64::from(answered),
            pages: records.div_ceil(100).max(u64::from(answered)),
            records,
            api_count,
            first_response_at: answered.then_some(first),
            last_response_at: answered.then_some(
                first + SignedDuration::from_secs(i64::try_from(records / 20).expect("small")),
            ),
            clock_skew_ms: None,
        }],
        completeness,
        records,
        api_count,
        sha256: if records == 0 {
            String::new()
        } else {
            sha256_hex(name.as_bytes())
        },
        frames_sha256: String::new(),
        misfits: Vec::new(),
    };
    (name.to_owned(), statement)
}

fn cut() -> Completeness {
    Completeness::Cut {
        reason: CutReason::RepeatedCursor,
        detail: "page 41 named the cursor of page 40 again; 4,000 groups received".to_owned(),
    }
}

fn denied() -> Completeness {
    Completeness::Denied {
        status: 403,
        detail: "HTTP 403: the key lacks a scope".to_owned(),
    }
}

/// An organisation in which something of everything happens.
pub(crate) fn rich() -> Assessment {
    let mut assessment = empty();
    let mut datasets: BTreeMap<_, _> = [
        dataset(
            "accounts",
            Completeness::Whole,
            12_042,
            Some(12_042),
            "users/search",
        ),
        dataset("api_tokens", denied(), 0, None, "api-tokens"),
        dataset(
            "allowlist_ranges",
            Completeness::Whole,
            14,
            None,
            "policies",
        ),
        dataset("directories", Completeness::Whole, 2, None, "directories"),
        dataset("domains", Completeness::Whole, 6, None, "domains"),
        dataset("groups", cut(), 4_000, Some(4_117), "groups/search"),
        dataset("organization", Completeness::Whole, 1, None, "org"),
        dataset("policies", Completeness::Whole, 9, None, "policies"),
        dataset("workspaces", Completeness::Whole, 40, None, "workspaces"),
    ]
    .into_iter()
    .collect();
    if let Some(accounts) = datasets.get_mut("accounts") {
        accounts.misfits.push(Misfit {
            field: "account_status".to_owned(),
            kind: MisfitKind::UnknownWord,
            records: 3,
            values: vec!["\"hibernated\"".to_owned(), format!("{:?}", HOSTILE[0])],
        });
    }
    assessment.snapshot.datasets = datasets;
    assessment.profile = Some(profile());
    assessment.inputs = inputs();
    assessment.controls = rich_controls();
    assessment
        .controls
        .sort_by(|left, right| left.id.cmp(&right.id));
    assessment
}

/// A list as it should be, one that is too old, and one that nobody gave.
fn inputs() -> BTreeMap<String, InputUse> {
    let statement = |file: &str, owner: &str, day: &str| InputStatement {
        file: file.to_owned(),
        sha256: sha256_hex(file.as_bytes()),
        rows: 64,
        owner: Some(owner.to_owned()),
        source: Some("HR system".to_owned()),
        extracted_on: Some(day.parse().expect("a day")),
        max_age_days: Some(35),
        is_whole: true,
        duplicates: 2,
        duplicate_ids: vec!["ada@brenner-sund.example".to_owned()],
        without_id: 1,
        missing_columns: vec!["left_on".to_owned()],
        unread_columns: vec!["cost_centre".to_owned()],
        misfits: vec![Misfit {
            field: "email".to_owned(),
            kind: MisfitKind::WrongType,
            records: 1,
            values: vec![HOSTILE[2].to_owned()],
        }],
    };
    let used = |statement: InputStatement| InputUse {
        completeness: statement.completeness(as_of()),
        is_read: true,
        matches: vec![ListMatch {
            control: "leavers-deactivated".to_owned(),
            set: "gone".to_owned(),
            compared_with: vec!["accounts.email".to_owned()],
            matched: 58,
            unmatched: 3,
            unmatched_ids: vec![HOSTILE[1].to_owned()],
            not_compared: 3,
        }],
        statement: Some(statement),
    };
    BTreeMap::from([
        (
            "inputs.long_leave".to_owned(),
            used(statement("long_leave.csv", "HR (P. Larsen)", "2026-11-17")),
        ),
        (
            "inputs.leavers".to_owned(),
            used(statement("leavers.csv", HOSTILE[0], "2026-10-01")),
        ),
        ("inputs.admin_grants".to_owned(), InputUse::not_supplied()),
    ])
}

/// A profile that left two controls out.
fn profile() -> ProfileStatement {
    let left_out = |id: &str, code: &str, severity, reason: &str, line: u32| LeftOut {
        id: id.to_owned(),
        code: Some(code.to_owned()),
        title: format!("What {id} asks is so"),
        severity,
        reason: reason.to_owned(),
        origin: format!("profile rail, line {line}"),
    };
    ProfileStatement {
        name: "rail".to_owned(),
        reference: "profiles/rail.yaml".to_owned(),
        sources: vec![
            ProfileSource {
                name: "rail".to_owned(),
                file: "profiles/rail.yaml".to_owned(),
                sha256: sha256_hex(b"rail"),
            },
            ProfileSource {
                name: "baseline".to_owned(),
                file: "profiles/baseline.yaml".to_owned(),
                sha256: sha256_hex(b"baseline"),
            },
        ],
        left_out: vec![
            left_out(
                "api-tokens-unused",
                "ATL-TOK-03",
                Severity::High,
                "tokens are reviewed each month by the platform team",
                9,
            ),
            left_out(
                "domains-sso",
                "ATL-DOM-09",
                Severity::Critical,
                HOSTILE[1],
                11,
            ),
        ],
    }
}

fn accounts_control(
    id: &str,
    code: &str,
    title: &str,
    severity: Severity,
    tags: &[&str],
) -> ControlAssessment {
    let mut control = control(id);
    control.code = Some(code.to_owned());
    control.title = title.to_owned();
    control.severity = severity;
    control.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    population(&mut control).fetched = 12_042;
    population(&mut control).api_count = Some(12_042);
    population(&mut control).selector = "$.accounts[?@.claim_status == 'managed' && @.account_status == 'active' && @.account_type == 'atlassian']".to_owned();
    population(&mut control).outside = ledger(&[
        ("claim_status is managed", 724),
        ("account_status is active", 1_112),
        ("account_type is atlassian", 75),
    ]);
    population(&mut control).in_scope = 10_131;
    population(&mut control).pass = 10_131;
    control.datasets = vec![dataset_use(
        "accounts",
        "population",
        Completeness::Whole,
        12_042,
    )];
    control.passing_sample = (20..26)
        .map(|number| PassingSubject {
            subject: account_id(number),
            label: name(number),
        })
        .collect();
    control.check_yourself = "Directory > Managed accounts > Status: Active. Expect about 10,206 (people 10,131 and other 75; the number moves during the day).".to_owned();
    control
}

fn rich_controls() -> Vec<ControlAssessment> {
    let mut controls = Vec::new();

    let mut idle = accounts_control(
        "accounts-idle",
        "ATL-IDL-01",
        "Managed accounts idle for more than 90 days are deactivated",
        Severity::High,
        &["identity", "leavers"],
    );
    idle.outcome = Outcome::Fail;
    idle.owner = Some("IT Service (M. Haddad)".to_owned());
    idle.due_on = Some("2026-12-20".parse().expect("a day"));
    idle.severity_change = Some(SeverityChange {
        from: Severity::Medium,
        reason: "seasonal staff leave every spring".to_owned(),
        origin: "profile rail, line 17".to_owned(),
    });
    idle.rationale = "A forgotten account can be taken over without anyone noticing.".to_owned();
    idle.procedure = "For every active managed account of a person: last_active_at lies within 90 days before 2026-11-20T06:00:00Z.".to_owned();
    idle.not_tested = "Use through the API or mobile notifications only; activity can be up to 24 hours late.\nWhether someone approved an account to stay open.".to_owned();
    idle.remediation = "Directory > Managed accounts > filter \"Last active\" > Deactivate. For synced accounts: deactivate in the identity provider.".to_owned();
    idle.references = vec![
        "https://support.atlassian.com/user-management/docs/deactivate-a-managed-account/"
            .to_owned(),
        "javascript:alert(1)".to_owned(),
    ];
    idle.parameters = vec![ParameterStatement {
        name: "idle_days".to_owned(),
        about: "days without recorded activity".to_owned(),
        value: json!(90),
        default: json!(90),
        origin: "default".to_owned(),
        weaker: false,
        why: None,
    }];
    idle.maps_to = maps(&[
        ("soc2", &["CC6.2", "CC6.3"]),
        ("iso27001", &["A.5.18"]),
        ("nist80053", &["AC-2(3)"]),
    ]);
    population(&mut idle).excluded = ledger(&[
        ("added in the last 30 days", 143),
        ("no activity recorded, tested by ATL-IDL-02", 160),
    ]);
    population(&mut idle).in_scope = 9_828;
    population(&mut idle).pass = 9_514;
    population(&mut idle).fail = 312;
    population(&mut idle).unknown = 2;
    population(&mut idle).undecided = 2;
    let unknown = unknown_findings(2, "last_active_at", "idle-unknown");
    idle.findings = idle_findings(312).into_iter().chain(unknown).collect();
    idle.reasons = vec![Reason::ScopeUndecided { subjects: 2 }];
    controls.push(idle);

    let mut sso = accounts_control(
        "managed-sso",
        "ATL-AUT-01",
        "Single sign-on is enforced for every active managed account of a person",
        Severity::Critical,
        &["sign-in", "identity"],
    );
    sso.outcome = Outcome::Unknown;
    sso.maps_to = maps(&[("soc2", &["CC6.1"]), ("iso27001", &["A.8.5"])]);
    population(&mut sso).pass = 0;
    population(&mut sso).unknown = 10_131;
    sso.findings = unknown_findings(60, "sso", "sso").into();
    population(&mut sso).fetched = 1_971;
    population(&mut sso).api_count = Some(1_971);
    population(&mut sso).in_scope = 60;
    population(&mut sso).unknown = 60;
    sso.passing_sample.clear();
    sso.reasons = vec![Reason::FieldAbsent {
        dataset: "accounts".to_owned(),
        field: "sso".to_owned(),
        settled_by: "the managed accounts export (Directory > Managed accounts > Export)"
            .to_owned(),
        subjects: 60,
    }];
    controls.push(sso);

    let mut second = accounts_control(
        "managed-two-step-or-sso",
        "ATL-AUT-03",
        "Two-step verification or single sign-on for every managed person",
        Severity::Critical,
        &["sign-in"],
    );
    second.outcome = Outcome::Unknown;
    second.maps_to = maps(&[("soc2", &["CC6.1"])]);
    population(&mut second).pass = 10_092;
    population(&mut second).unknown = 39;
    second.findings = unknown_findings(39, "sso", "second").into();
    second.reasons = vec![Reason::FieldAbsent {
        dataset: "accounts".to_owned(),
        field: "sso".to_owned(),
        settled_by: "the managed accounts export (Directory > Managed accounts > Export)"
            .to_owned(),
        subjects: 39,
    }];
    controls.push(second);

    let mut admins = accounts_control(
        "organization-admins-count",
        "ATL-ADM-01",
        "Between 2 and 5 active accounts are organization admins",
        Severity::High,
        &["admins"],
    );
    admins.outcome = Outcome::Fail;
    admins.maps_to = maps(&[
        ("soc2", &["CC6.3"]),
        ("iso27001", &["A.8.2"]),
        ("nist80053", &["AC-6(5)"]),
    ]);
    population(&mut admins).outside = ledger(&[
        ("account_status is active", 1_112),
        (
            "at least one of platform_roles is atlassian/org-admin",
            10_923,
        ),
    ]);
    population(&mut admins).in_scope = 7;
    population(&mut admins).pass = 0;
    population(&mut admins).counted = 7;
    admins.remediation =
        "Directory > Users > the person > Organization roles > remove \"Organization admin\"."
            .to_owned();
    admins.findings = vec![Finding {
        subject: "-".to_owned(),
        label: String::new(),
        outcome: Outcome::Fail,
        fingerprint: Fingerprint::of("0f3a9d1c77e2b405").expect("a fingerprint"),
        message: "7 active organization admins, not between 2 and 5"
            .to_owned()
            .into(),
        evidence: Vec::new().into(),
        reasons: Vec::new().into(),
    }]
    .into();
    controls.push(admins);

    let mut external = accounts_control(
        "unmanaged-with-access",
        "ATL-EXT-05",
        "Unmanaged accounts with product access are approved",
        Severity::Critical,
        &["external-users"],
    );
    external.outcome = Outcome::Fail;
    external.maps_to = maps(&[("soc2", &["CC6.2"]), ("iso27001", &["A.5.19"])]);
    population(&mut external).outside = ledger(&[
        ("claim_status is unmanaged", 11_318),
        ("product_access has at least 1", 33),
    ]);
    population(&mut external).in_scope = 691;
    population(&mut external).pass = 688;
    population(&mut external).fail = 3;
    external.findings = idle_findings(13).split_off(10).into();
    external.remediation = "Directory > Users > the person > remove product access, or claim the account's domain first.".to_owned();
    controls.push(external);

    let mut pending = accounts_control(
        "domains-no-pending-claim",
        "ATL-DOM-02",
        &format!("No domain claim stays pending {}", HOSTILE[1]),
        Severity::Medium,
        &["domains"],
    );
    *population(&mut pending) = PopulationStatement {
        dataset: "domains".to_owned(),
        noun: ("domain".to_owned(), "domains".to_owned()),
        selector: "$.domains[*]".to_owned(),
        fetched: 6,
        api_count: None,
        outside: Vec::new(),
        in_scope: 6,
        pass: 5,
        fail: 1,
        ..population(&mut pending).clone()
    };
    pending.outcome = Outcome::Fail;
    pending.datasets = vec![dataset_use("domains", "population", Completeness::Whole, 6)];
    pending.passing_sample.clear();
    pending.findings = vec![Finding {
        subject: "brenner-sund-a-very-long-domain-name-that-must-be-cut.example".to_owned(),
        label: "brenner-sund-a-very-long-domain-name-that-must-be-cut.example".to_owned(),
        outcome: Outcome::Fail,
        fingerprint: Fingerprint::of("a11cc0ffee123456").expect("a fingerprint"),
        message: "claim is pending".to_owned().into(),
        evidence: vec![evidence("claim_status", json!("pending"), true, 1)].into(),
        reasons: Vec::new().into(),
    }]
    .into();
    controls.push(pending);

    for (id, code, title, severity) in [
        (
            "tokens-expire",
            "ATL-TOK-02",
            "Every API token expires within 365 days",
            Severity::High,
        ),
        (
            "tokens-unused",
            "ATL-TOK-03",
            "No API token is unused for more than 90 days",
            Severity::Medium,
        ),
    ] {
        let mut tokens = accounts_control(id, code, title, severity, &["tokens"]);
        tokens.outcome = Outcome::Unknown;
        tokens.maps_to = maps(&[("soc2", &["CC6.1"]), ("nist80053", &["IA-5(1)"])]);
        *population(&mut tokens) = PopulationStatement {
            dataset: "api_tokens".to_owned(),
            noun: ("token".to_owned(), "tokens".to_owned()),
            selector: "$.api_tokens[*]".to_owned(),
            fetched: 0,
            api_count: None,
            period: None,
            completeness: denied(),
            outside: Vec::new(),
            excluded: Vec::new(),
            in_scope: 0,
            undecided: 0,
            pass: 0,
            fail: 0,
            unknown: 0,
            error: 0,
            counted: 0,
            missing: 0,
            frequency: None,
        };
        tokens.reasons = vec![Reason::DatasetNotWhole {
            dataset: "api_tokens".to_owned(),
            state: "denied".to_owned(),
            detail: "HTTP 403: the key lacks a scope".to_owned(),
        }];
        tokens.datasets = vec![dataset_use("api_tokens", "population", denied(), 0)];
        tokens.passing_sample.clear();
        controls.push(tokens);
    }

    let mut groups = accounts_control(
        "groups-have-members",
        "ATL-GRP-01",
        "No group without members grants product access",
        Severity::Low,
        &["groups"],
    );
    groups.outcome = Outcome::Unknown;
    *population(&mut groups) = PopulationStatement {
        dataset: "groups".to_owned(),
        noun: ("group".to_owned(), "groups".to_owned()),
        selector: "$.groups[*]".to_owned(),
        fetched: 4_000,
        api_count: Some(4_117),
        period: None,
        completeness: cut(),
        outside: Vec::new(),
        excluded: Vec::new(),
        in_scope: 4_000,
        undecided: 0,
        pass: 4_000,
        fail: 0,
        unknown: 0,
        error: 0,
        counted: 0,
        missing: 0,
        frequency: None,
    };
    groups.reasons = vec![Reason::DatasetNotWhole {
        dataset: "groups".to_owned(),
        state: "cut".to_owned(),
        detail: "page 41 named the cursor of page 40 again; 4,000 groups received".to_owned(),
    }];
    groups.datasets = vec![dataset_use("groups", "population", cut(), 4_000)];
    groups.passing_sample.clear();
    controls.push(groups);

    let mut approved = accounts_control(
        "domains-corporate-verified",
        "ATL-DOM-01",
        "Every corporate domain is verified",
        Severity::High,
        &["domains"],
    );
    approved.outcome = Outcome::Unknown;
    *population(&mut approved) = PopulationStatement {
        dataset: "domains".to_owned(),
        noun: ("domain".to_owned(), "domains".to_owned()),
        selector: "$.domains[*]".to_owned(),
        fetched: 6,
        api_count: None,
        outside: Vec::new(),
        in_scope: 6,
        pass: 0,
        unknown: 6,
        ..population(&mut approved).clone()
    };
    approved.parameters = vec![ParameterStatement {
        name: "corporate_domains".to_owned(),
        about: "every e-mail domain of the organization".to_owned(),
        value: Value::Null,
        default: Value::Null,
        origin: "unset".to_owned(),
        weaker: false,
        why: None,
    }];
    approved.reasons = vec![Reason::ParameterUnset {
        parameter: "corporate_domains".to_owned(),
        about: "every e-mail domain of the organization".to_owned(),
    }];
    approved.datasets = vec![dataset_use("domains", "population", Completeness::Whole, 6)];
    approved.passing_sample.clear();
    controls.push(approved);

    let mut ranges = accounts_control(
        "allowlist-ranges-narrow",
        "ATL-NET-02",
        "No IP allowlist holds a wide-open range",
        Severity::High,
        &["network"],
    );
    ranges.outcome = Outcome::Error;
    ranges.maps_to = maps(&[("soc2", &["CC6.6"])]);
    ranges.passing_sample.clear();
    *population(&mut ranges) = PopulationStatement {
        dataset: "allowlist_ranges".to_owned(),
        noun: ("range".to_owned(), "ranges".to_owned()),
        selector: "$.allowlist_ranges[*]".to_owned(),
        fetched: 14,
        api_count: None,
        outside: Vec::new(),
        in_scope: 14,
        pass: 13,
        error: 1,
        ..population(&mut ranges).clone()
    };
    ranges.reasons = vec![Reason::Broke {
        detail: "the range `10.0.0.0/33` has no prefix length of IPv4".to_owned(),
    }];
    ranges.findings = vec![Finding {
        subject: "range-7".to_owned(),
        label: "10.0.0.0/33".to_owned(),
        outcome: Outcome::Error,
        fingerprint: Fingerprint::of("be70a3d2c1f40999").expect("a fingerprint"),
        message: "the range `10.0.0.0/33` has no prefix length of IPv4"
            .to_owned()
            .into(),
        evidence: vec![evidence("range", json!("10.0.0.0/33"), true, 3)].into(),
        reasons: vec![Reason::Broke {
            detail: "the range `10.0.0.0/33` has no prefix length of IPv4".to_owned(),
        }]
        .into(),
    }]
    .into();
    ranges.datasets = vec![dataset_use(
        "allowlist_ranges",
        "population",
        Completeness::Whole,
        14,
    )];
    controls.push(ranges);

    let mut residency = accounts_control(
        "customers-have-organization",
        "ATL-DAT-01",
        "Every portal-only customer belongs to a named customer organization",
        Severity::Low,
        &["data"],
    );
    residency.outcome = Outcome::NotApplicable;
    residency.reasons = vec![Reason::EmptyPopulation];
    population(&mut residency).outside = ledger(&[("account_type is customer", 12_042)]);
    population(&mut residency).in_scope = 0;
    population(&mut residency).pass = 0;
    residency.passing_sample.clear();
    controls.push(residency);

    for (id, code, title, severity, tag, criterion) in [
        (
            "accounts-email-verified",
            "ATL-DOM-06",
            "Every managed account has a verified e-mail address",
            Severity::Medium,
            "identity",
            "CC6.1",
        ),
        (
            "admins-managed",
            "ATL-ADM-03",
            "Every organization admin is a managed account",
            Severity::Critical,
            "admins",
            "CC6.3",
        ),
        (
            "managed-on-verified-domains",
            "ATL-DOM-05",
            "Managed accounts are on verified domains",
            Severity::High,
            "domains",
            "CC6.2",
        ),
        (
            "workspaces-ip-allowlist",
            "ATL-NET-01",
            "An enabled IP allowlist covers every eligible workspace",
            Severity::High,
            "network",
            "CC6.6",
        ),
    ] {
        let mut passing = accounts_control(id, code, title, severity, &[tag]);
        passing.maps_to = maps(&[("soc2", &[criterion])]);
        controls.push(passing);
    }
    controls
}

/// Every control passes.
pub(crate) fn all_pass() -> Assessment {
    let mut assessment = rich();
    assessment
        .controls
        .retain(|control| control.outcome == Outcome::Pass);
    for statement in assessment.snapshot.datasets.values_mut() {
        statement.completeness = Completeness::Whole;
        statement.api_count = Some(statement.records);
        for source in &mut statement.sources {
            source.completeness = Completeness::Whole;
            source.api_count = Some(source.records);
        }
        statement.misfits.clear();
    }
    assessment
}

/// The key was refused everywhere.
pub(crate) fn all_unknown() -> Assessment {
    let mut assessment = rich();
    for statement in assessment.snapshot.datasets.values_mut() {
        statement.completeness = denied();
        statement.records = 0;
        statement.api_count = None;
        statement.sha256.clear();
        for source in &mut statement.sources {
            source.completeness = denied();
            source.records = 0;
            source.api_count = None;
        }
    }
    for control in &mut assessment.controls {
        control.outcome = Outcome::Unknown;
        control.findings = Entries::default();
        control.passing_sample.clear();
        control.reasons = vec![Reason::DatasetNotWhole {
            dataset: population(control).dataset.clone(),
            state: "denied".to_owned(),
            detail: "HTTP 403: the key lacks a scope".to_owned(),
        }];
        *population(control) = PopulationStatement {
            fetched: 0,
            api_count: None,
            completeness: denied(),
            outside: Vec::new(),
            excluded: Vec::new(),
            in_scope: 0,
            undecided: 0,
            pass: 0,
            fail: 0,
            unknown: 0,
            error: 0,
            counted: 0,
            missing: 0,
            frequency: None,
            ..population(control).clone()
        };
        for used in &mut control.datasets {
            used.completeness = denied();
            used.records = 0;
            used.sha256.clear();
        }
    }
    assessment
}

/// One control that fails for `subjects` accounts, in an organisation with a very long name.
pub(crate) fn huge(subjects: u64) -> Assessment {
    let mut assessment = rich();
    assessment.organization.name = Some(
        "Vereinigte Eisenbahnsignalbauanstalten und Oberleitungswerke ".repeat(4) + HOSTILE[3],
    );
    let idle = assessment
        .controls
        .iter_mut()
        .find(|control| control.id == "accounts-idle")
        .expect("the rich fixture has it");
    idle.title = "Managed accounts of people that show no recorded activity in any product for more than the number of days which the policy of the organization allows are deactivated ".repeat(2);
    population(idle).outside.clear();
    population(idle).excluded.clear();
    population(idle).fetched = subjects + 9_000_000;
    population(idle).api_count = Some(subjects + 9_000_000);
    population(idle).in_scope = subjects + 9_000_000;
    population(idle).pass = 9_000_000;
    population(idle).fail = subjects;
    population(idle).unknown = 0;
    population(idle).undecided = 0;
    idle.findings = idle_findings(subjects).into();
    idle.reasons.clear();
    assessment
}

/// An assessment in which answers of people stand in every state.
pub(crate) fn attested() -> Assessment {
    let change = Change {
        event: "2508d209-77a1".to_owned(),
        at: "2026-11-12T14:22:07Z".parse().expect("a timestamp"),
        action: "authentication_policy_modified".to_owned(),
        action_name: Some("Authentication policy modified".to_owned()),
    };
    let day = |text: &str| text.parse::<Date>().expect("a day");
    let states = [
        (AttestationState::Valid, Outcome::Pass, Some("2027-01-04")),
        (
            AttestationState::Expiring,
            Outcome::Fail,
            Some("2026-12-01"),
        ),
        (
            AttestationState::Expired,
            Outcome::Unknown,
            Some("2026-09-30"),
        ),
        (
            AttestationState::Stale {
                change: change.clone(),
            },
            Outcome::Unknown,
            Some("2027-01-04"),
        ),
        (AttestationState::Pending, Outcome::Unknown, None),
        (
            AttestationState::Superseded,
            Outcome::Pass,
            Some("2027-01-01"),
        ),
        (AttestationState::Later, Outcome::Unknown, None),
        (AttestationState::NotAsked, Outcome::Unknown, None),
    ];
    let mut assessment = empty();
    for (number, (state, outcome, until)) in states.into_iter().enumerate() {
        // What is superseded stands beside the answer that decides.
        let id = match state {
            AttestationState::Superseded => "attested-0".to_owned(),
            _ => format!("attested-{number}"),
        };
        let question = "Does the default policy enforce single sign-on?".to_owned();
        let guide = "Security > Authentication policies > Default.".to_owned();
        let reason = match &state {
            AttestationState::Expired => vec![Reason::AttestationExpired {
                question: question.clone(),
                guide: guide.clone(),
                counted_until: day("2026-09-30"),
            }],
            AttestationState::Stale { change } => vec![Reason::AttestationStale {
                question: question.clone(),
                guide: guide.clone(),
                attested_on: day("2026-10-06"),
                change: change.clone(),
            }],
            _ if outcome == Outcome::Unknown => vec![Reason::AttestationPending {
                question: question.clone(),
                guide: guide.clone(),
                lacks: Vec::new(),
            }],
            _ => Vec::new(),
        };
        let is_asked = !matches!(
            state,
            AttestationState::Superseded | AttestationState::NotAsked
        );
        if is_asked {
            let mut control = control(&id);
            control.outcome = outcome;
            control.population = None;
            control.datasets.clear();
            let is_told = usize::from(outcome != Outcome::Pass);
            let findings = control
                .findings
                .held()
                .expect("a fixture puts nothing aside");
            control.findings = findings.iter().take(is_told).cloned().collect();
            control.passing_sample.clear();
            control.reasons = reason;
            control.question = Some(QuestionStatement {
                text: question,
                guide,
                expected: Answer::Yes,
                file_required: true,
                minutes: 3,
            });
            assessment.controls.push(control);
        }
        let is_pending = state == AttestationState::Pending;
        assessment.attestations.push(AttestationUse {
            statement: AnswerStatement {
                control: id,
                policies: None,
                question: Some("Does the default policy enforce single sign-on?".to_owned()),
                answer: (!is_pending).then_some(match outcome {
                    Outcome::Fail => Answer::No,
                    _ => Answer::Yes,
                }),
                statement: Some(format!(
                    "Seen by Rika Sato. {}",
                    HOSTILE[number % HOSTILE.len()]
                )),
                attested_by: Some("Rika Sato".to_owned()),
                reviewed_by: (!is_pending).then(|| "Lena Brandt".to_owned()),
                attested_on: Some(day("2026-10-06")),
                attested_at: None,
                valid_until: until.map(day),
                evidence: Some(EvidenceFileStatement {
                    file: "evidence/default.png".to_owned(),
                    bytes: 48_112,
                    sha256: sha256_hex(b"a picture"),
                }),
                lacks: match is_pending {
                    true => vec!["answer".to_owned(), "reviewed_by".to_owned()],
                    false => Vec::new(),
                },
                file: format!("attested-{number}.yaml"),
                line: 1,
                sha256: sha256_hex(b"an attestation"),
            },
            counts_until: until.map(day),
            state,
        });
    }
    assessment
}

/// Changes each finding of `control`.
pub(crate) fn change_findings(control: &mut ControlAssessment, change: impl Fn(&mut Finding)) {
    let findings = control
        .findings
        .held()
        .expect("a fixture puts nothing aside");
    let changed = findings.iter().cloned().map(|mut finding| {
        change(&mut finding);
        finding
    });
    control.findings = changed.collect();
}
