//! Selectors that can be evaluated one record at a time, so that a dataset never stands in memory whole.

use super::Query;
use super::program::{Operand, Origin, Path, Pattern, Selector, Test};

/// A selector `$.<dataset>[*]…` or `$.<dataset>[?…]…`, split where the records begin.
#[derive(Clone, Debug)]
pub struct PerRecord {
    /// The dataset that it names.
    pub dataset: String,
    /// What stands after the name, as a selector on an array of records. Its nodes for an array are its
    /// nodes for arrays of one record each, in order.
    pub records: Query,
}

impl Query {
    /// The selector split at its records; `None` if one record alone does not tell what it gives (an
    /// index, a slice, several selectors, a filter that looks at `$`).
    pub fn per_record(&self) -> Option<PerRecord> {
        let [first, rest @ ..] = &self.path.segments[..] else {
            return None;
        };
        let ([Selector::Name(dataset)], [second, ..]) = (&first.selectors[..], rest) else {
            return None;
        };
        let is_each = matches!(
            &second.selectors[..],
            [Selector::Wildcard | Selector::Filter(_)]
        );
        if first.is_descendant || second.is_descendant || !is_each {
            return None;
        }
        let path = Path {
            origin: Origin::Root,
            segments: rest.to_vec(),
        };
        (!looks_at_root(&path)).then(|| PerRecord {
            dataset: dataset.to_string(),
            records: Query { path },
        })
    }

    /// The name that the selector starts with: `accounts` in `$.accounts[0]`.
    pub fn first_name(&self) -> Option<&str> {
        match self.path.segments.first() {
            Some(segment) if !segment.is_descendant => match &segment.selectors[..] {
                [Selector::Name(name)] => Some(name),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether a filter inside `path` starts at `$`.
fn looks_at_root(path: &Path) -> bool {
    path.segments
        .iter()
        .flat_map(|segment| &segment.selectors)
        .any(|selector| match selector {
            Selector::Filter(test) => test_looks_at_root(test),
            Selector::Name(_) | Selector::Index(_) | Selector::Wildcard | Selector::Slice(_) => {
                false
            }
        })
}

fn test_looks_at_root(test: &Test) -> bool {
    match test {
        Test::Or(tests) | Test::And(tests) => tests.iter().any(test_looks_at_root),
        Test::Not(test) => test_looks_at_root(test),
        Test::ExistsOne(path) | Test::Is(path, _) => path.origin == Origin::Root,
        Test::ExistsAny(path) => path.origin == Origin::Root || looks_at_root(path),
        Test::Compare(left, _, right) => {
            operand_looks_at_root(left) || operand_looks_at_root(right)
        }
        Test::Matches(text, pattern) => {
            let in_pattern = match pattern {
                Pattern::Fixed(_) => false,
                Pattern::Found(operand, ..) => operand_looks_at_root(operand),
            };
            in_pattern || operand_looks_at_root(text)
        }
    }
}

fn operand_looks_at_root(operand: &Operand) -> bool {
    match operand {
        Operand::Literal(_) => false,
        Operand::Singular(path) => path.origin == Origin::Root,
        Operand::Length(operand) => operand_looks_at_root(operand),
        Operand::Count(path) | Operand::Value(path) => {
            path.origin == Origin::Root || looks_at_root(path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn split(selector: &str) -> Option<PerRecord> {
        Query::parse(selector).expect("a selector").per_record()
    }

    #[test]
    fn a_wildcard_or_one_filter_after_a_name_is_evaluated_record_by_record() {
        let document = json!({"d": [{"a": 1, "b": [1, 2]}, {"a": 2, "b": []}, {"c": 3}]});
        for selector in ["$.d[*]", "$['d'][?@.a > 1]", "$.d.*.b[*]", "$.d[*]..a"] {
            let parts = split(selector).expect(selector);
            assert_eq!(parts.dataset, "d");
            let whole = Query::parse(selector).expect("a selector");
            let mut one_by_one = Vec::new();
            for record in document["d"].as_array().expect("an array") {
                let alone = json!([record]);
                one_by_one.extend(parts.records.nodes(&alone).into_iter().cloned());
            }
            let expected: Vec<_> = whole.nodes(&document).into_iter().cloned().collect();
            assert_eq!(one_by_one, expected, "{selector}");
        }
    }

    #[test]
    fn what_needs_the_other_records_is_not_split() {
        for selector in [
            "$",
            "$.d",
            "$.d[0]",
            "$.d[1:]",
            "$.d[0, 1]",
            "$.d[?@.a == $.d[0].a]",
            "$.d[?@.b[?@ == $.x]]",
            "$.d[?count($.d[*]) == 1]",
            "$.d[?length($.d) == 1]",
            "$.d[?match(@.a, $.x)]",
            "$..d[*]",
            "$.d..[*]",
            "$['d', 'e'][*]",
            "$[*]",
        ] {
            assert!(split(selector).is_none(), "{selector}");
        }
    }
}
