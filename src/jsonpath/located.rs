//! Nodes that remember their way, and normalized paths (RFC 9535, section 2.7).

use std::fmt::Write;
use std::rc::Rc;

use super::evaluate::Node;

/// A node with the way from the root.
#[derive(Clone)]
pub(super) struct Placed<J> {
    pub value: J,
    way: Option<Rc<Way>>,
}

/// The last step of a way; shared by all nodes below it.
struct Way {
    before: Option<Rc<Way>>,
    step: Step,
}

enum Step {
    Name(Box<str>),
    Index(usize),
}

impl<J> Placed<J> {
    pub fn root(value: J) -> Self {
        Placed { value, way: None }
    }

    fn to(&self, step: Step, value: J) -> Self {
        Placed {
            value,
            way: Some(Rc::new(Way {
                before: self.way.clone(),
                step,
            })),
        }
    }

    pub fn normalized_path(&self) -> String {
        let mut steps = Vec::new();
        let mut way = self.way.as_deref();
        while let Some(last) = way {
            steps.push(&last.step);
            way = last.before.as_deref();
        }
        let mut path = String::from("$");
        for step in steps.into_iter().rev() {
            path.push('[');
            match step {
                Step::Index(index) => path.push_str(&index.to_string()),
                Step::Name(name) => write_name(&mut path, name),
            }
            path.push(']');
        }
        path
    }
}

fn write_name(path: &mut String, name: &str) {
    path.push('\'');
    for character in name.chars() {
        match character {
            '\'' => path.push_str("\\'"),
            '\\' => path.push_str("\\\\"),
            '\u{8}' => path.push_str("\\b"),
            '\t' => path.push_str("\\t"),
            '\n' => path.push_str("\\n"),
            '\u{c}' => path.push_str("\\f"),
            '\r' => path.push_str("\\r"),
            control if control < ' ' => {
                write!(path, "\\u{:04x}", u32::from(control)).expect("a string takes all text");
            }
            other => path.push(other),
        }
    }
    path.push('\'');
}

impl<J: Copy> Node<J> for Placed<J> {
    fn value(&self) -> J {
        self.value
    }

    fn to_member(&self, name: &str, value: J) -> Self {
        self.to(Step::Name(name.into()), value)
    }

    fn to_element(&self, index: usize, value: J) -> Self {
        self.to(Step::Index(index), value)
    }
}
