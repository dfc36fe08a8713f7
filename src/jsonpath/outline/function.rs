//! The functions of RFC 9535 and their calls.

use std::ops::Range;

use super::{CALL_NESTING_MAX, Operand, Part, Read, Reader, Shape};

/// A function of RFC 9535, section 2.4.
pub(super) struct Function {
    pub name: &'static str,
    pub parameters: &'static [Type],
    pub result: Type,
}

/// The types of RFC 9535, section 2.4.1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Value,
    Logical,
    Nodes,
}

pub(super) static FUNCTIONS: [Function; 5] = [
    Function {
        name: "length",
        parameters: &[Type::Value],
        result: Type::Value,
    },
    Function {
        name: "count",
        parameters: &[Type::Nodes],
        result: Type::Value,
    },
    Function {
        name: "value",
        parameters: &[Type::Nodes],
        result: Type::Value,
    },
    Function {
        name: "match",
        parameters: &[Type::Value, Type::Value],
        result: Type::Logical,
    },
    Function {
        name: "search",
        parameters: &[Type::Value, Type::Value],
        result: Type::Logical,
    },
];

impl Reader<'_> {
    pub(super) fn call(&mut self, name: &str) -> Read<&'static Function> {
        let start = self.at;
        let mark = self.start(Part::Call);
        let Some(function) = FUNCTIONS.iter().find(|known| known.name == name) else {
            return self.wrong(
                start..start + name.len(),
                format!("there is no function `{name}`"),
                instead_of(name),
            );
        };
        self.calls += 1;
        if self.calls > CALL_NESTING_MAX {
            return self.wrong(
                start..start + name.len(),
                format!("more than {CALL_NESTING_MAX} function calls inside one another"),
                "split the condition",
            );
        }
        self.at += name.len();
        let opening = self.at;
        self.open()?;
        let mut count = 0;
        loop {
            self.skip_blanks();
            if count == 0 && self.peek() == Some(')') {
                break;
            }
            let from = self.at;
            let argument = self.operand()?;
            let span = from..self.at;
            self.skip_blanks();
            match self.peek() {
                Some(',' | ')') => {}
                None => return self.unclosed(opening),
                Some(_) => {
                    self.refuse_comparison(
                        &format!("an argument of `{name}` cannot be a comparison"),
                        "compare what the function gives",
                    )?;
                    return self.unexpected("`,` or `)` stands here");
                }
            }
            if let Some(expected) = function.parameters.get(count) {
                self.check_argument(function, *expected, &argument, span)?;
            }
            count += 1;
            if self.peek() == Some(')') {
                break;
            }
            self.at += 1;
        }
        self.close();
        self.calls -= 1;
        self.end(mark);
        if count != function.parameters.len() {
            let wanted = match function.parameters.len() {
                1 => "one argument",
                _ => "two arguments",
            };
            return self.wrong(
                start..self.at,
                format!("`{name}` takes {wanted}, not {count}"),
                example(function),
            );
        }
        Ok(function)
    }

    fn check_argument(
        &self,
        function: &Function,
        expected: Type,
        argument: &Operand,
        span: Range<usize>,
    ) -> Read<()> {
        let name = function.name;
        let text = &self.text[span.clone()];
        match (expected, argument) {
            (Type::Value, Operand::Literal | Operand::Query(Shape::AtMostOne))
            | (Type::Nodes, Operand::Query(_)) => Ok(()),
            (_, Operand::Call(inner)) if inner.result == expected => Ok(()),
            (Type::Value, Operand::Query(Shape::Any)) => self.wrong(
                span,
                format!("`{name}` takes one value, and `{text}` can be many"),
                format!("write `value({text})` if it is one, or `count({text})` for how many"),
            ),
            (Type::Value, Operand::Call(inner)) => self.wrong(
                span,
                format!(
                    "`{name}` takes a value, and `{}` gives true or false",
                    inner.name
                ),
                example(function),
            ),
            _ => self.wrong(
                span,
                format!("`{name}` takes a path, and `{text}` is none"),
                example(function),
            ),
        }
    }
}

/// What there is, for help.
pub(super) fn functions() -> String {
    "the functions are `length`, `count`, `value`, `match` and `search`".to_owned()
}

fn instead_of(name: &str) -> String {
    let known = match name.to_ascii_lowercase().as_str() {
        "length" | "len" | "size" => "length",
        "count" | "sum" => "count",
        "value" | "first" => "value",
        "match" | "matches" | "regex" => "match",
        "search" | "contains" | "find" | "test" => "search",
        _ => return functions(),
    };
    format!("did you mean `{known}`?")
}

fn example(function: &Function) -> String {
    let example = match function.name {
        "length" => "length(@.name) > 3",
        "count" => "count(@.roles[*]) > 3",
        "value" => "value(@.roles[*]) == 'admin'",
        "match" => "match(@.name, 'A.*')",
        _ => "search(@.name, 'part')",
    };
    format!("as in `{example}`")
}
