//! JSON objects that name a member twice.
//!
//! RFC 8259 leaves open which of the two counts, and most readers silently take the last: such an answer
//! says two things and proves neither.

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

/// The name of the first member of `text` that an object holds twice, however deep it stands.
///
/// A text that does not read, or nests deeper than the JSON reader goes (128 levels), is searched as far as
/// it reads; reading it as a tree fails at the same place.
pub(super) fn repeated_member(text: &str) -> Option<String> {
    let found = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    // What else may be wrong with the text is for its reader to say.
    let _ = Walk(&found).deserialize(&mut reader);
    found.into_inner()
}

/// Walks one value to its end, or to the first repeated member.
#[derive(Clone, Copy)]
struct Walk<'f>(&'f RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.contains(&name) {
                *self.0.borrow_mut() = Some(name);
                return Err(A::Error::custom("a repeated member"));
            }
            names.insert(name);
            members.next_value_seed(self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_an_object_names_twice_is_found_at_any_depth() {
        for (text, repeated) in [
            (r#"{"a":1,"b":{"a":[{"a":null}]}}"#, None),
            (r#"[{"a":1},{"a":2}]"#, None),
            (r#"{"a":null,"a":"2027-01-01"}"#, Some("a")),
            // The same name, written otherwise.
            (r#"{"a":1,"\u0061":2}"#, Some("a")),
            (
                r#"{"x":[true,1.5,-1,{"y":{"b":1,"c":2,"b":1}}]}"#,
                Some("b"),
            ),
            ("no JSON", None),
        ] {
            assert_eq!(repeated_member(text).as_deref(), repeated, "{text}");
        }
    }
}
