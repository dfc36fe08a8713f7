//! `tickmark attestations`: the questions that controls ask people, and their answers.

use super::Terminal;
use super::args::{
    AskedArguments, AttestationsCommand, AttestationsListArguments, AttestationsNewArguments,
    JudgeArguments, KeptArguments, ProblemFormat,
};
use super::console::{Table, pretty};
use super::exit::{Exit, Failure, look};
use super::kept;
use super::missing::{require, unread};
use super::settings::{ATTESTATIONS, Judge, Origin, Setting, Settings};
use crate::assess::{
    AssessOptions, Assessment, AttestationState, AttestationUse, ControlAssessment, assess,
};
use crate::control::{self, Answer, Control, EvidenceFile, Requirement};
use crate::diagnostic::{Problems, nearest};
use crate::import::{
    ATTESTATION_SCHEMA_FILE, Attestations, DraftedPolicies, EVIDENCE_BYTES_MAX, EVIDENCE_FOLDER,
    Filled, WithLists, attestation_schema, draft, draft_of_policies,
};
use crate::plan::{self, Plan, Question};
use crate::progress::{counted, neutral};
use crate::snapshot::{Completeness, MemorySource, POLICIES, RecordSource, Snapshot, sha256_file};
use jiff::Timestamp;
use serde::Serialize;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Runs `tickmark attestations …`.
pub(super) fn run(
    command: &AttestationsCommand,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    match command {
        AttestationsCommand::List(arguments) => list(arguments, settings, terminal),
        AttestationsCommand::New(arguments) => new(arguments, settings, terminal),
        AttestationsCommand::Check {
            path,
            asked,
            problems,
            as_of,
        } => {
            let flags = judge_flags(asked, path.clone());
            let as_of = as_of.unwrap_or_else(super::collect::now);
            check(&flags, settings, problems.format, as_of, terminal)
        }
        AttestationsCommand::Schema => {
            terminal.console.print(&pretty(&attestation_schema()))?;
            Ok(Exit::Success)
        }
    }
}

/// What these flags mean to whoever judges.
pub(super) fn judge_flags(asked: &AskedArguments, attestations: Option<PathBuf>) -> JudgeArguments {
    JudgeArguments {
        library: asked.library.clone(),
        values: asked.values.clone(),
        kept: KeptArguments {
            attestations,
            reviews: None,
        },
        ..JudgeArguments::default()
    }
}

/// Reads the answers that `judge` names, to `controls` and to the built-in ones, which a folder of controls may
/// stand in for; and every problem of them.
pub(super) fn read(
    attestations: Option<&Setting<PathBuf>>,
    controls: &[Control],
) -> Result<(Attestations, Problems), Failure> {
    let Some(path) = attestations else {
        return Ok((Attestations::default(), Problems::none()));
    };
    require("file or folder of attestations", &path.value)?;
    let (built_in, _) = control::load(&control::builtin());
    let is_new = |control: &&Control| controls.iter().all(|own| own.id != control.id);
    let known: Vec<&Control> = controls
        .iter()
        .chain(built_in.iter().filter(is_new))
        .collect();
    Ok(Attestations::read(&path.value, &known)?)
}

/// The controls that ask, their answers, and every problem of those.
struct Asked {
    plan: Plan,
    attestations: Attestations,
    problems: Problems,
}

impl Asked {
    fn new(judge: &Judge, settings: &Settings) -> Result<Asked, Failure> {
        let lists = super::library::lists(settings, &[])?;
        let controls = super::library::load(&judge.controls.value, &lists)?;
        let (attestations, mut problems) = read(judge.attestations.as_ref(), &controls)?;
        let profile = judge.profile.as_ref().map(|profile| profile.value.as_str());
        let plan = super::library::plan(controls, profile, &judge.parameters)?;
        problems.extend(attestations.problems_in(&plan));
        Ok(Asked {
            plan,
            attestations,
            problems,
        })
    }
}

/// How every control stands on `attestations`, over `snapshot` if there is one. Without one only the questions mean
/// anything.
pub(super) fn judged(
    plan: &Plan,
    attestations: &Attestations,
    judge: &Judge,
    snapshot: Option<&Snapshot>,
    as_of: Timestamp,
) -> Result<Assessment, Failure> {
    let nothing = nothing_collected(as_of);
    let source: &dyn RecordSource = match snapshot {
        Some(snapshot) => snapshot,
        None => &nothing,
    };
    let source = WithLists::new(source, &[]).with_answers(attestations);
    let options = AssessOptions {
        as_of: Some(as_of),
        organization_plan: judge.plan.as_ref().map(|plan| plan.value),
        threads: judge.threads.as_ref().map(|threads| threads.value.into()),
    };
    Ok(assess(plan, &source, options)?)
}

/// A snapshot of which nothing was asked for.
fn nothing_collected(at: Timestamp) -> MemorySource {
    let mut nothing = MemorySource::new(at);
    for dataset in crate::catalog::DATASETS {
        nothing.set_completeness(dataset, Completeness::NotRequested);
    }
    nothing
}

/// The question of a planned control, if it asks one.
pub(super) fn question(planned: &plan::PlannedControl) -> Option<&Question> {
    match &planned.requirement {
        plan::Requirement::Attest(question) => Some(question),
        _ => None,
    }
}

/// The answer that decides `control`, or else one that is later than the assessment, or else the one that was begun, or
/// else one to another question.
pub(super) fn current<'a>(
    assessment: &'a Assessment,
    control: &ControlAssessment,
) -> Option<&'a AttestationUse> {
    use crate::assess::AttestationState::{Later, NotAsked, OtherQuestion, Pending, Superseded};
    let own = || {
        let uses = assessment.attestations.iter();
        uses.filter(|used| used.statement.control == control.id)
    };
    own()
        .find(|used| {
            !matches!(
                used.state,
                Pending | Later | NotAsked | Superseded | OtherQuestion
            )
        })
        .or_else(|| own().find(|used| used.state == Later))
        .or_else(|| own().find(|used| used.state == Pending))
        .or_else(|| own().find(|used| used.state == OtherQuestion))
}

/// Where the settings of policies stand in the console.
pub(super) const POLICIES_GUIDE: &str =
    "Atlassian Administration > Security > Authentication policies > each policy > Settings.";
/// Minutes to write down what a handful of policies set.
pub(super) const POLICIES_MINUTES: u32 = 15;

/// One question as `attestations list --json` tells it.
#[derive(Serialize)]
struct Listed<'a> {
    control: &'a str,
    code: Option<&'a str>,
    question: &'a str,
    guide: &'a str,
    minutes: u32,
    /// How the answer stands; `none` where nobody began one.
    state: &'static str,
    /// What the control comes to; none where settings of policies are told, which several controls read.
    outcome: Option<crate::assess::Outcome>,
    why: Vec<String>,
    attestation: Option<&'a AttestationUse>,
}

fn list(
    arguments: &AttestationsListArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let flags = judge_flags(&arguments.asked, arguments.attestations.clone());
    let judge = settings.judge(&flags)?;
    let asked = Asked::new(&judge, settings)?;
    if !asked.problems.is_empty() {
        return Err(Failure::problems(asked.problems));
    }
    let snapshot = arguments
        .snapshot
        .as_deref()
        .map(Snapshot::open)
        .transpose()?;
    let as_of = match (arguments.as_of, &snapshot) {
        (Some(as_of), _) => as_of,
        (None, Some(snapshot)) => snapshot.manifest().collected.to,
        (None, None) => super::collect::now(),
    };
    let assessment = judged(
        &asked.plan,
        &asked.attestations,
        &judge,
        snapshot.as_ref(),
        as_of,
    )?;
    terminal.console.note(&match &judge.attestations {
        Some(folder) => format!("{}\n", kept::answers_line(folder, &assessment.attestations)),
        None => format!(
            "answers   none: there is no folder `{}`, and no other one is named\n",
            settings.usual_folder(ATTESTATIONS).display()
        ),
    });
    let listed: Vec<Listed<'_>> = asked
        .plan
        .controls
        .iter()
        .zip(&assessment.controls)
        .filter_map(|(planned, control)| {
            let question = question(planned)?;
            let attestation = current(&assessment, control);
            Some(Listed {
                control: &control.id,
                code: control.code.as_deref(),
                question: question.text.trim(),
                guide: question.guide.trim(),
                minutes: question.minutes,
                state: attestation.map_or("none", |used| used.state.word()),
                outcome: Some(control.outcome),
                why: control
                    .reasons
                    .iter()
                    .map(crate::assess::Reason::in_words)
                    .collect(),
                attestation,
            })
        })
        .collect();
    let policies = assessment
        .attestations
        .iter()
        .filter(|used| used.statement.policies.is_some())
        .find(|used| used.state != AttestationState::Superseded)
        .map(|used| Listed {
            control: POLICIES,
            code: None,
            question: "What do the authentication policies set?",
            guide: POLICIES_GUIDE,
            minutes: POLICIES_MINUTES,
            state: used.state.word(),
            outcome: None,
            why: Vec::new(),
            attestation: Some(used),
        });
    let listed: Vec<Listed<'_>> = listed.into_iter().chain(policies).collect();
    if arguments.json {
        terminal.console.print(&pretty(&listed))?;
        return Ok(Exit::Success);
    }
    if listed.is_empty() {
        terminal.console.note("no control asks a person\n");
        return Ok(Exit::Success);
    }
    let mut table = Table::with_heads([
        "control", "state", "answer", "outcome", "of", "until", "minutes", "question",
    ]);
    for listed in &listed {
        let statement = listed.attestation.map(|used| &used.statement);
        let day =
            |day: Option<jiff::civil::Date>| day.map_or("–".to_owned(), |day| day.to_string());
        table.row([
            listed.code.unwrap_or(listed.control).to_owned(),
            listed.state.to_owned(),
            statement
                .and_then(|statement| statement.answer)
                .map_or("–", Answer::word)
                .to_owned(),
            listed
                .outcome
                .map_or("–", crate::assess::Outcome::word)
                .to_owned(),
            day(statement.and_then(|statement| statement.attested_on)),
            day(listed.attestation.and_then(|used| used.counts_until)),
            listed.minutes.to_string(),
            neutral(&listed.question.replace('\n', " ")).into_owned(),
        ]);
    }
    terminal.console.print(&table.render())?;
    Ok(Exit::Success)
}

fn check(
    flags: &JudgeArguments,
    settings: &Settings,
    format: ProblemFormat,
    as_of: Timestamp,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let judge = settings.judge(flags)?;
    let Some(folder) = &judge.attestations else {
        let usual = settings.usual_folder(ATTESTATIONS);
        return Err(Failure::usage(
            format!(
                "there is no folder `{}`, and no other one is named",
                usual.display()
            ),
            "`tickmark attestations new CONTROL` begins an answer there; name another folder: `tickmark attestations check \
             FOLDER`, or `attestations:` in tickmark.yaml",
        ));
    };
    let folder = folder.value.display().to_string();
    let mut asked = Asked::new(&judge, settings)?;
    let later = asked.attestations.problems_on(as_of);
    asked.problems.extend(later);
    let assessment = judged(&asked.plan, &asked.attestations, &judge, None, as_of)?;
    let mut told: Vec<String> = Vec::new();
    for used in &assessment.attestations {
        let statement = &used.statement;
        let more = match &used.state {
            AttestationState::Pending => format!("fill in {}", statement.lacks.join(", ")),
            AttestationState::Expired => match used.counts_until {
                Some(last) => format!("it counted until {last}; answer anew"),
                None => "answer anew".to_owned(),
            },
            AttestationState::OtherQuestion => {
                "the control asks another one now; answer anew".to_owned()
            }
            AttestationState::NotAsked => "no control of this plan asks for it".to_owned(),
            AttestationState::Stale { .. }
            | AttestationState::Valid
            | AttestationState::Expiring
            | AttestationState::Superseded
            | AttestationState::Later => continue,
        };
        let (state, file, line) = (used.state.word(), &statement.file, statement.line);
        told.push(format!("{state}: {file}, line {line}: {more}\n"));
    }
    let states = match assessment.attestations.as_slice() {
        [] => String::new(),
        answers => format!(": {}", kept::by_state(answers)),
    };
    let digests: Vec<String> = asked
        .attestations
        .without_digest()
        .filter_map(|answer| {
            let evidence = answer.evidence.as_ref()?;
            Some(format!(
                "no digest: {}, line {}: nobody would see that {} was changed; write `evidence_sha256: {}`\n",
                answer.file, answer.line, evidence.file, evidence.sha256
            ))
        })
        .collect();
    let summary = format!(
        "{} in {folder}{states}; {}\n",
        counted(assessment.attestations.len() as u64, "answer"),
        counted(asked.problems.len() as u64, "problem")
    );
    tell(
        &asked.problems,
        format,
        &(told.concat() + &digests.concat() + &summary),
        terminal,
    )?;
    Ok(match asked.problems.is_empty() {
        true => Exit::Success,
        false => Exit::Found,
    })
}

/// Tells problems as `format` wants them, and a summary for people beside them.
pub(super) fn tell(
    problems: &Problems,
    format: ProblemFormat,
    summary: &str,
    terminal: &Terminal,
) -> Result<(), Failure> {
    match format {
        ProblemFormat::Text => {
            terminal.console.note(&problems.render(look()));
            terminal.console.print(summary)
        }
        ProblemFormat::Json => terminal.console.print(&problems.to_json()),
        ProblemFormat::Sarif => terminal.console.print(&problems.to_sarif()),
        ProblemFormat::Github => {
            terminal.console.print(&problems.to_github())?;
            terminal.console.note(summary);
            Ok(())
        }
    }
}

fn new(
    arguments: &AttestationsNewArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let flags = judge_flags(&arguments.asked, arguments.dir.clone());
    let mut judge = settings.judge(&flags)?;
    let folder = match judge.attestations.take() {
        Some(folder) => folder.value,
        None => settings.usual_folder(ATTESTATIONS),
    };
    if folder.is_file() {
        return Err(Failure::usage(
            format!("`{}` is a file", folder.display()),
            "name a folder with `--dir`",
        ));
    }
    let asked = Asked::new(&judge, settings)?;
    if arguments.control == POLICIES {
        return new_of_policies(arguments, &folder, settings, terminal);
    }
    let planned = named(&asked.plan, &arguments.control)?;
    let question = question(planned).expect("only controls that ask are found");
    let answer = match arguments.answer.as_deref() {
        None => None,
        Some("yes") => Some(Answer::Yes),
        Some("no") => Some(Answer::No),
        Some(other) => {
            return Err(Failure::usage(
                format!("--answer: `{other}` is no answer"),
                "write `yes` or `no`",
            ));
        }
    };
    let now = arguments.as_of.unwrap_or_else(super::collect::now);
    let day = now.strftime("%Y-%m-%d").to_string();
    let path = folder.join(format!("{}-{day}.yaml", planned.id()));
    if path.exists() {
        return Err(Failure::usage(
            format!("`{}` is there already", path.display()),
            "fill that one in, or remove it",
        ));
    }
    fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let evidence = match &arguments.evidence {
        None => None,
        Some(file) => Some(keep_evidence(
            file,
            &folder,
            &format!("{}-{day}", planned.id()),
        )?),
    };
    let file = evidence
        .as_ref()
        .map(|(name, sha256)| (name.as_str(), sha256.as_str()));
    let text = draft(&Filled {
        control: planned
            .control
            .code
            .as_deref()
            .unwrap_or(planned.id().as_str()),
        question,
        answer,
        statement: arguments.statement.as_deref(),
        attested_by: arguments.by.as_deref(),
        reviewed_by: arguments.reviewer.as_deref(),
        attested_at: answer.map(|_| now),
        evidence: file,
    });
    write_new(&path, text.as_bytes())?;
    let schema = folder.join(ATTESTATION_SCHEMA_FILE);
    fs::write(&schema, pretty(&attestation_schema()))
        .map_err(|error| Failure::io("write", &schema, &error))?;
    terminal.console.print(&format!("{}\n", path.display()))?;
    // What was filled in is checked at once: a mistake is cheapest now.
    judge.attestations = Some(Setting::new(path.clone(), Origin::Default));
    let asked = Asked::new(&judge, settings)?;
    if !asked.problems.is_empty() {
        return Err(Failure::problems(asked.problems));
    }
    let mut lacks: Vec<&str> = Vec::new();
    for answer in asked.attestations.answers() {
        lacks.extend(answer.lacks.iter().map(String::as_str));
    }
    let mut note = format!("\n{}\n", question.text.trim());
    if !question.guide.trim().is_empty() {
        note.push_str(&format!("{}\n", question.guide.trim()));
    }
    if question.file == EvidenceFile::Required && evidence.is_none() {
        note.push_str("this answer needs a file that shows it\n");
    }
    note.push_str(&match lacks.as_slice() {
        [] => "nothing is left to fill in\n".to_owned(),
        lacks => format!("still to fill in: {}\n", lacks.join(", ")),
    });
    note.push_str(&next(&folder, settings)?);
    terminal.console.note(&note);
    Ok(Exit::Success)
}

/// What to run when an answer in `folder` is filled in: commands that name the folder only where they would not read it
/// by themselves.
fn next(folder: &Path, settings: &Settings) -> Result<String, Failure> {
    // The folder is there by now.
    let read = settings.judge(&JudgeArguments::default())?.attestations;
    Ok(match kept::to_name(folder, read.as_ref()) {
        None => "then: tickmark attestations check\nand:  tickmark assess SNAPSHOT\n".to_owned(),
        Some(named) => format!(
            "then: tickmark attestations check {named}\n\
             and:  tickmark assess SNAPSHOT --attestations {named}\n"
        ),
    } + "      a snapshot from before the answer is judged at a later time: add --as-of TIME\n")
}

/// Begins an attestation of what authentication policies set.
fn new_of_policies(
    arguments: &AttestationsNewArguments,
    folder: &Path,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    if arguments.answer.is_some() {
        return Err(Failure::usage(
            "--answer: settings of policies are no answer with yes or no",
            "leave it out, and fill in the file",
        ));
    }
    let now = arguments.as_of.unwrap_or_else(super::collect::now);
    let stem = format!(
        "{}-{}",
        POLICIES.replace('_', "-"),
        now.strftime("%Y-%m-%d")
    );
    let path = folder.join(format!("{stem}.yaml"));
    fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    let evidence = arguments.evidence.as_deref();
    let evidence = evidence
        .filter(|_| !path.exists())
        .map(|file| keep_evidence(file, folder, &stem))
        .transpose()?;
    let file = evidence
        .as_ref()
        .map(|(name, sha256)| (name.as_str(), sha256.as_str()));
    let text = draft_of_policies(&DraftedPolicies {
        evidence: file,
        statement: arguments.statement.as_deref(),
        attested_by: arguments.by.as_deref(),
        reviewed_by: arguments.reviewer.as_deref(),
    });
    write_new(&path, text.as_bytes())?;
    let schema = folder.join(ATTESTATION_SCHEMA_FILE);
    fs::write(&schema, pretty(&attestation_schema()))
        .map_err(|error| Failure::io("write", &schema, &error))?;
    terminal.console.print(&format!("{}\n", path.display()))?;
    terminal.console.note(&format!(
        "\nwrite what each policy sets, and the day on which you looked\n{}",
        next(folder, settings)?
    ));
    Ok(Exit::Success)
}

/// The control that is called `name` and asks a person.
fn named<'p>(plan: &'p Plan, name: &str) -> Result<&'p plan::PlannedControl, Failure> {
    let is_called = |planned: &&plan::PlannedControl| {
        planned.id().as_str() == name || planned.control.code.as_deref() == Some(name)
    };
    let asks = |planned: &&plan::PlannedControl| {
        matches!(planned.control.requirement, Requirement::Attest(_))
    };
    match plan.controls.iter().find(is_called) {
        Some(planned) if asks(&planned) => Ok(planned),
        Some(_) => Err(Failure::usage(
            format!("`{name}` asks no person: it is tested on records"),
            "`tickmark attestations list` names the controls that ask",
        )),
        None => {
            let names = plan.controls.iter().filter(asks).flat_map(|planned| {
                std::iter::once(planned.id().as_str()).chain(planned.control.code.as_deref())
            });
            Err(Failure::usage(
                format!("there is no control `{name}`"),
                match nearest(name, names) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "`tickmark attestations list` names the controls that ask".to_owned(),
                },
            ))
        }
    }
}

/// Copies a file of evidence into `folder`; gives its name there and its SHA-256.
fn keep_evidence(file: &Path, folder: &Path, stem: &str) -> Result<(String, String), Failure> {
    let found = fs::metadata(file).map_err(|error| unread("file of evidence", file, &error))?;
    if !found.is_file() || found.len() == 0 || found.len() > EVIDENCE_BYTES_MAX {
        return Err(Failure::usage(
            format!(
                "`{}` is no file of 1 to {EVIDENCE_BYTES_MAX} bytes",
                file.display()
            ),
            "name a screenshot, an export or minutes",
        ));
    }
    let ending: String = file
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase())
        .filter(|ending| ending.chars().all(|letter| letter.is_ascii_alphanumeric()))
        .map_or_else(String::new, |ending| format!(".{ending}"));
    let below = folder.join(EVIDENCE_FOLDER);
    fs::create_dir_all(&below).map_err(|error| Failure::io("make", &below, &error))?;
    let name = format!("{EVIDENCE_FOLDER}/{stem}{ending}");
    let target = folder.join(&name);
    let bytes = fs::read(file).map_err(|error| unread("file of evidence", file, &error))?;
    write_new(&target, &bytes)?;
    Ok((name, sha256_file(&target)?))
}

/// Writes a file that only its owner may read and that is not there yet.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(
            format!("`{}` is there already", path.display()),
            "name another file, or remove it",
        ),
        _ => Failure::io("write", path, &error),
    })?;
    file.write_all(bytes)
        .map_err(|error| Failure::io("write", path, &error))
}
