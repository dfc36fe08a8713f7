//! What each code of a problem means, for machines that list rules beside results.

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code, stable: `control::unknown_field`.
    pub name: &'static str,
    /// What is wrong, in one sentence about any such problem.
    pub meaning: &'static str,
}

const fn code(name: &'static str, meaning: &'static str) -> Code {
    Code { name, meaning }
}

/// Every code of the files that people write, ascending.
pub static CODES: &[Code] = &[
    code(
        "cases::absent",
        "A case gives a field and lists it as absent.",
    ),
    code(
        "cases::control",
        "A case file does not name the control that its own name tells.",
    ),
    code(
        "cases::duplicate_file",
        "Two files hold cases of one control.",
    ),
    code(
        "cases::duplicate_id",
        "Two records of one dataset have the same id.",
    ),
    code("cases::duplicate_name", "Two cases have the same name."),
    code(
        "cases::duplicate_survivor",
        "A case file explains one mutant twice.",
    ),
    code("cases::no_control", "There is no control to the cases."),
    code(
        "cases::noticed_mutant",
        "A mutant is said to survive that a case notices.",
    ),
    code(
        "cases::unknown_dataset",
        "A case names a dataset that the catalog does not know.",
    ),
    code(
        "cases::unknown_field",
        "A case names a field that the catalog does not know.",
    ),
    code(
        "cases::unknown_mutant",
        "There is no such mutant of the control.",
    ),
    code(
        "control::attest",
        "A key speaks of records, but a person answers.",
    ),
    code("control::count", "The bounds of a count leave no number."),
    code("control::cycle", "A set needs itself."),
    code(
        "control::duplicate_criterion",
        "A control maps to one criterion twice.",
    ),
    code("control::duplicate_id", "Two controls have the same id."),
    code(
        "control::empty",
        "A list or a map of conditions asks nothing.",
    ),
    code(
        "control::id",
        "An id is malformed, or differs from the file's name.",
    ),
    code(
        "control::jsonpath",
        "A JSONPath does not follow RFC 9535, or does not start at a dataset.",
    ),
    code(
        "control::members",
        "A comparison with a list names no one list, or no one text of each subject.",
    ),
    code(
        "control::missing",
        "A missing value may fail only where that cannot make a pass.",
    ),
    code(
        "control::missing_key",
        "A key that has to be there is missing.",
    ),
    code(
        "control::name",
        "A parameter or a set has a name that it cannot have.",
    ),
    code(
        "control::name_clash",
        "A parameter and a set have the same name.",
    ),
    code(
        "control::no_such_path",
        "A path goes on where the catalog knows nothing more.",
    ),
    code(
        "control::on_empty",
        "What an empty population means is said where it is decided already.",
    ),
    code(
        "control::one_value",
        "Several values are asked for where a path leads to one.",
    ),
    code(
        "control::operand",
        "What stands on the right of an operator does not fit it, or the field.",
    ),
    code(
        "control::operator_does_not_fit",
        "An operator cannot judge values of this type.",
    ),
    code(
        "control::parameter",
        "A parameter's default, bounds or values contradict its type or each other.",
    ),
    code(
        "control::period",
        "A span of time is asked of records that did not happen at a time, or is longer than the days looked at.",
    ),
    code(
        "control::set_type",
        "A path is compared with a set that can have no value in common with it.",
    ),
    code(
        "control::several_operators",
        "It is not said whether several operators ask the same value.",
    ),
    code(
        "control::several_values",
        "It is not said how many of several values must meet a condition.",
    ),
    code(
        "control::share",
        "A share asks nothing, or stands where nothing is asked of subjects.",
    ),
    code(
        "control::take",
        "A set takes records where it can hold plain values only.",
    ),
    code("control::template", "A text is no template."),
    code("control::two_requirements", "A control asks two things."),
    code(
        "control::unknown_criterion",
        "A framework lists no such criterion.",
    ),
    code(
        "control::unknown_dataset",
        "The catalog knows no such dataset.",
    ),
    code("control::unknown_field", "The catalog knows no such field."),
    code("control::unknown_framework", "No framework has this id."),
    code("control::unknown_key", "A key is not known here."),
    code(
        "control::unknown_name",
        "A name is not declared, or not known in this text.",
    ),
    code("control::unknown_operator", "There is no such operator."),
    code(
        "control::unknown_word",
        "A word is none of those that can stand here.",
    ),
    code(
        "control::unused",
        "A parameter, a set or a list is declared and not used.",
    ),
    code(
        "control::wrong_type",
        "A value is not of the type that has to stand here.",
    ),
    code(
        "framework::criteria_total",
        "A framework lists more criteria than it says that it has.",
    ),
    code(
        "framework::id",
        "A framework's id is malformed, or differs from the file's name.",
    ),
    code(
        "plan::input",
        "Two controls declare one list, and not alike.",
    ),
    code(
        "plan::parameter",
        "A value that was given to a parameter does not fit it.",
    ),
    code(
        "plan::text",
        "A text cannot be written with the values of its parameters.",
    ),
    code(
        "plan::unknown_control",
        "A value was given for a control that is not there.",
    ),
    code(
        "plan::unknown_parameter",
        "A value was given to a parameter that is not there.",
    ),
    code("profile::cycle", "A profile extends itself."),
    code(
        "profile::missing_key",
        "A profile lacks a key that it needs.",
    ),
    code(
        "profile::nothing_left",
        "A profile leaves no control to test.",
    ),
    code(
        "profile::parameter",
        "A profile gives a value that its parameter cannot take.",
    ),
    code(
        "profile::selector",
        "Controls are not selected by exactly one of `id`, `tag` and `framework`.",
    ),
    code(
        "profile::selects_nothing",
        "A tag or framework selects no control.",
    ),
    code("profile::too_many", "Too many profiles extend one another."),
    code("profile::unknown", "There is no such profile."),
    code(
        "profile::unknown_control",
        "A profile speaks of a control that is not there.",
    ),
    code("profile::unknown_key", "A key of a profile is not known."),
    code(
        "profile::unknown_parameter",
        "A profile gives a value to a parameter that the control does not have.",
    ),
    code(
        "profile::unknown_word",
        "A word of a profile is none of those known.",
    ),
    code(
        "profile::weaker",
        "A profile asks less than the control's default and does not say why.",
    ),
    code(
        "profile::wrong_type",
        "A value in a profile is not of the type that belongs there.",
    ),
    code(
        "settings::export",
        "What settings say of an export cannot be read.",
    ),
    code(
        "settings::export_words",
        "Settings explain a cell with a word that its column does not have.",
    ),
    code(
        "settings::input",
        "What settings say of a list cannot be read.",
    ),
    code(
        "settings::missing_key",
        "Settings lack a key that they need.",
    ),
    code(
        "settings::secret",
        "Settings hold a key, token or password.",
    ),
    code(
        "settings::two_keys",
        "Settings say twice where the key of an organisation is.",
    ),
    code(
        "settings::unknown_format",
        "Settings name a format that reports do not have.",
    ),
    code(
        "settings::unknown_key",
        "A key of the settings is not known.",
    ),
    code(
        "settings::unknown_organization",
        "Settings choose an organisation that they do not describe.",
    ),
    code(
        "settings::unknown_word",
        "A word of the settings is none of those known.",
    ),
    code(
        "settings::wrong_type",
        "A value in the settings is not of the type that belongs there.",
    ),
    code("yaml::duplicate_key", "A key stands twice in one map."),
    code("yaml::encoding", "A file is not text in UTF-8."),
    code("yaml::merge_key", "A map merges another one."),
    code("yaml::several_documents", "A file holds several documents."),
    code("yaml::syntax", "A text is no YAML."),
    code("yaml::tag", "A value carries a tag that is not known."),
    code("yaml::too_large", "A file has too many bytes."),
    code(
        "yaml::too_much",
        "A file has too many levels, nodes or aliases.",
    ),
];

/// What `name` means; `None` for a code that no author of controls can cause.
pub fn meaning(name: &str) -> Option<&'static str> {
    CODES
        .iter()
        .find(|code| code.name == name)
        .map(|code| code.meaning)
}
