//! `action_named`: the value is an action of the audit log that one of these ids or names means.
//!
//! Ids of actions differ between organisations, and names for people are localised. So the list is looked up in
//! `event_actions`: the plan makes a set of the ids that it means, and an entry that means none leaves the control
//! unknown. Nothing of that is seen here, where an id is compared with ids.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, equality::one_of,
    operand,
};
use crate::value::Raw;

/// Its name, by which the plan knows what to look up.
pub(crate) const NAME: &str = "action_named";

pub(super) static OPERATOR: Operator = Operator {
    name: NAME,
    meaning: "The action of an event is one of these: ids, or names for people, in any case, that `event_actions` resolves. An entry that it does not know leaves the control unknown.",
    on_null: "False.",
    judges: &[ValueKind::Text],
    operand: OperandType::ListLikeField,
    examples: &[
        Example {
            value: r#""user_logged_in_as_user""#,
            operand: r#"["user_logged_in_as_user"]"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""user_login""#,
            operand: r#"["user_logged_in_as_user", "added_org_admin"]"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#"["user_login"]"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"7"#,
            operand: r#"["user_login"]"#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(ActionNamed(operand::scalars(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("is one of the actions {}", operand::shown(operand))
}

#[derive(Debug)]
struct ActionNamed(Vec<Value>);

impl Test for ActionNamed {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        one_of(value, &self.0).map_or(Verdict::WrongType, Verdict::from)
    }
}
