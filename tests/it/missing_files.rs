//! Files and folders that somebody names and that are not there: each command says what, where and what to do.

use std::fs;
use std::path::Path;

use crate::organization;
use crate::start::{run, stderr};

/// What `arguments` say on stderr, in one line, where they end with 2.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, &[("ATLASSIAN_API_KEY", "key")], arguments);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A folder with a snapshot, a list and a folder of answers.
fn bench() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let world = organization::world(10, 1);
    organization::snapshot(
        &world,
        organization::stable_options(),
        &folder.path().join("snapshot"),
    );
    fs::create_dir(folder.path().join("lists")).expect("a folder");
    fs::write(folder.path().join("lists/leavers.csv"), "email\n").expect("a file");
    folder
}

#[test]
fn whatever_is_not_there_is_told_with_what_it_is_where_it_was_looked_for_and_what_to_do() {
    let folder = bench();
    let path = folder.path();
    let org = ["collect", "--org", "o", "--out", "new"];
    let with = |flags: [&'static str; 2]| [&org[..], &flags].concat();
    let assess = |flags: [&'static str; 2]| [&["assess", "snapshot"][..], &flags].concat();
    let commands = [
        (
            "file or folder of controls",
            assess(["--controls", "nowhere"]),
        ),
        ("list", assess(["--input", "leavers=nowhere.csv"])),
        (
            "file or folder of attestations",
            assess(["--attestations", "nowhere"]),
        ),
        ("folder of reviews", assess(["--reviews", "nowhere"])),
        ("profile", assess(["--profile", "nowhere.yaml"])),
        ("folder of templates", assess(["--templates", "nowhere"])),
        ("settings file", assess(["--config", "nowhere.yaml"])),
        ("snapshot", vec!["assess", "nowhere"]),
        ("snapshot", vec!["snapshot", "show", "nowhere"]),
        ("snapshot", vec!["todo", "nowhere"]),
        (
            "snapshot",
            vec!["review", "new", "admins", "nowhere", "--out", "sheet.csv"],
        ),
        (
            "sheet",
            vec!["review", "import", "nowhere.csv", "--snapshot", "snapshot"],
        ),
        (
            "sheet",
            vec!["sandbox", "review", "nowhere.csv", "--out", "filled.csv"],
        ),
        (
            "export",
            vec!["import", "snapshot", "nowhere.csv", "--out", "child"],
        ),
        ("export", with(["--export", "nowhere.csv"])),
        ("key file", with(["--key-file", "nowhere"])),
        ("file of SCIM keys", with(["--scim-keys-file", "nowhere"])),
        ("file of certificates", with(["--ca-file", "nowhere"])),
        (
            "file or folder of controls",
            vec!["controls", "check", "nowhere"],
        ),
        (
            "file or folder of controls",
            vec!["controls", "test", "nowhere"],
        ),
        ("profile", vec!["profiles", "show", "nowhere.yaml"]),
        (
            "file or folder of attestations",
            vec!["attestations", "check", "nowhere"],
        ),
        (
            "file of evidence",
            vec![
                "attestations",
                "new",
                "ATL-AUT-02",
                "--evidence",
                "nowhere.png",
            ],
        ),
        (
            "file",
            vec!["datasets", "query", "--json", "nowhere.json", "$"],
        ),
    ];
    let here = path.canonicalize().expect("a folder");
    for (what, arguments) in commands {
        let told = told(path, &arguments);
        let begin = format!("× there is no {what} `nowhere");
        assert!(told.starts_with(&begin), "{arguments:?}: {told}");
        assert!(
            told.contains("help: it was looked for in `") && told.contains("the working folder"),
            "{arguments:?}: {told}"
        );
        // A long path is broken into lines.
        let last = here.file_name().expect("a name").to_string_lossy();
        assert!(told.contains(&*last), "{arguments:?}: {told}");
    }
    assert!(!path.join("new").exists(), "nothing was begun");
}

#[test]
fn the_name_that_was_meant_is_told_and_a_folder_that_is_not_there_either() {
    let folder = bench();
    let path = folder.path();
    let near = ["assess", "snapshot", "--input", "leavers=lists/leaver.csv"];
    let told_near = told(path, &near);
    assert!(
        told_near.contains("help: did you mean `lists/leavers.csv`?"),
        "{told_near}"
    );
    // One letter and an ending are nobody's name misspelt.
    let far = ["assess", "snapshot", "--input", "leavers=lists/zoo.csv"];
    let told_far = told(path, &far);
    assert!(!told_far.contains("did you mean"), "{told_far}");
    let nowhere = ["assess", "snapshot", "--input", "leavers=list/leavers.csv"];
    let told_nowhere = told(path, &nowhere);
    assert!(told_nowhere.contains("list` either"), "{told_nowhere}");
    // A path of the settings starts in their folder, wherever the command is run.
    fs::write(
        path.join("tickmark.yaml"),
        "inputs: { leavers: lists/leaver.csv }\n",
    )
    .expect("a file");
    let told_below = told(&path.join("lists"), &["assess", "../snapshot"]);
    assert!(
        told_below.contains("did you mean `../lists/leavers.csv`?"),
        "{told_below}"
    );
}
