//! The parts of a finding in little room: there may be one for every account of an organisation.
//!
//! What findings share (reasons, a message, the names of fields) is held once. Values stay the text that
//! they are in their line, one behind the other, and are read when somebody asks for them.

use super::Evidence;
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Hexadecimal digits of a fingerprint.
const FINGERPRINT_DIGITS: usize = 16;

/// Text or a list that many findings hold together.
#[derive(PartialEq, Eq)]
pub struct Shared<T: ?Sized>(Arc<T>);

impl<T: ?Sized> Shared<T> {
    /// Whether both are one and the same, not only alike.
    pub(super) fn is_same(&self, other: &Shared<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Shared<str> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<String> for Shared<str> {
    fn from(text: String) -> Self {
        Shared(text.into())
    }
}

impl<T> From<Vec<T>> for Shared<[T]> {
    fn from(list: Vec<T>) -> Self {
        Shared(list.into())
    }
}

impl<T> FromIterator<T> for Shared<[T]> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Shared(items.into_iter().collect())
    }
}

impl<T: ?Sized + Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shared<str> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Shared::from)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<[T]> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Shared::from)
    }
}

impl JsonSchema for Shared<str> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Shared<[T]> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<T>::json_schema(generator)
    }
}

/// What tells a finding from all others: 16 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; FINGERPRINT_DIGITS]); // INVARIANT (digits): made only by `of`.

impl Fingerprint {
    /// The fingerprint written `digits`; `None` if that is none.
    pub fn of(digits: &str) -> Option<Fingerprint> {
        let digits: [u8; FINGERPRINT_DIGITS] = digits.as_bytes().try_into().ok()?;
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        digits.iter().all(is_digit).then_some(Fingerprint(digits))
    }
}

impl Deref for Fingerprint {
    type Target = str;

    fn deref(&self) -> &str {
        // INVARIANT (digits): ASCII.
        std::str::from_utf8(&self.0).expect("hexadecimal digits")
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = Cow::<str>::deserialize(deserializer)?;
        let refused = || D::Error::custom(format!("`{digits}` is no fingerprint"));
        Fingerprint::of(&digits).ok_or_else(refused)
    }
}

impl JsonSchema for Fingerprint {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// The values that a finding rests on, in little room. It reads and is written as a list of [`Evidence`].
///
/// INVARIANT (packed evidence): `packed` is what `EvidenceWriter` wrote for `fields`: the number of
/// origins; each origin; then for each field whether it is there, and if so the place of its origin and its
/// value as JSON. Numbers are written as `put_number` does.
#[derive(Clone)]
pub struct EvidenceList {
    fields: Arc<[EvidenceField]>,
    packed: Box<[u8]>,
}

/// What the evidence of a control's findings has in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceField {
    /// Path of the field.
    pub name: Cow<'static, str>,
    /// Whether the requirement looks at this field, or it is only shown.
    pub tested: bool,
}

/// A field of a finding's evidence without its value.
#[derive(Clone, Copy, Debug)]
pub struct EvidenceFact<'e> {
    /// Path of the field.
    pub field: &'e str,
    /// Whether the requirement looks at this field.
    pub tested: bool,
    /// Whether it was there at all.
    pub present: bool,
    /// Whether it is known where it came from.
    pub has_source: bool,
    /// The value as JSON.
    json: &'e str,
    origin: Origin<'e>,
}

/// Where a value came from, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Origin<'e> {
    source: &'e str,
    collected_at: Option<Timestamp>,
}

impl EvidenceFact<'_> {
    /// The whole of it.
    pub fn to_evidence(self) -> Evidence {
        Evidence {
            field: Cow::Owned(self.field.to_owned()),
            // INVARIANT (packed evidence): the text is JSON.
            value: serde_json::from_str(self.json).unwrap_or(Value::Null),
            present: self.present,
            tested: self.tested,
            source: Cow::Owned(self.origin.source.to_owned()),
            collected_at: self.origin.collected_at,
        }
    }
}

impl EvidenceList {
    /// The list that `packed` is of, which [`packed`](EvidenceList::packed) gave for the same `fields`.
    pub(super) fn of_packed(fields: Arc<[EvidenceField]>, packed: Box<[u8]>) -> EvidenceList {
        EvidenceList { fields, packed }
    }

    /// What the values belong to.
    pub(super) fn fields(&self) -> &Arc<[EvidenceField]> {
        &self.fields
    }

    /// The values as they are held.
    pub(super) fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Each field, with its value.
    pub fn iter(&self) -> impl Iterator<Item = Evidence> {
        self.facts().map(EvidenceFact::to_evidence)
    }

    /// Each field, its value unread.
    pub fn facts(&self) -> impl Iterator<Item = EvidenceFact<'_>> {
        let written = "INVARIANT (packed evidence)";
        let mut reader = Reader(&self.packed);
        let count = reader.number().expect(written);
        let origins: Vec<Origin<'_>> = (0..count)
            .map(|_| reader.origin().expect(written))
            .collect();
        self.fields.iter().map(move |field| {
            let present = reader.number().expect(written) == 1;
            let (origin, json) = match present {
                true => {
                    let place = reader.number().expect(written);
                    (origins[place], reader.text().expect(written))
                }
                false => (Origin::default(), "null"),
            };
            EvidenceFact {
                field: &field.name,
                tested: field.tested,
                present,
                has_source: !origin.source.is_empty(),
                json,
                origin,
            }
        })
    }
}

/// Writes the evidence of one finding.
pub(super) struct EvidenceWriter {
    origins: Vec<u8>,
    /// The origins so far, as written.
    known: Vec<(Cow<'static, str>, Option<Timestamp>)>,
    values: Vec<u8>,
}

impl EvidenceWriter {
    pub fn new() -> EvidenceWriter {
        EvidenceWriter {
            origins: Vec::new(),
            known: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The next field is not there.
    pub fn absent(&mut self) {
        put_number(0, &mut self.values);
    }

    /// The next field has the value written `json`, which is JSON.
    pub fn value(
        &mut self,
        json: &str,
        source: Cow<'static, str>,
        collected_at: Option<Timestamp>,
    ) {
        let origin = (source, collected_at);
        let place = match self.known.iter().position(|known| *known == origin) {
            Some(place) => place,
            None => {
                put_text(&origin.0, &mut self.origins);
                put_number(usize::from(origin.1.is_some()), &mut self.origins);
                if let Some(time) = origin.1 {
                    let seconds = time.as_second().to_le_bytes();
                    self.origins.extend_from_slice(&seconds);
                    let rest = time.subsec_nanosecond().to_le_bytes();
                    self.origins.extend_from_slice(&rest);
                }
                self.known.push(origin);
                self.known.len() - 1
            }
        };
        put_number(1, &mut self.values);
        put_number(place, &mut self.values);
        put_text(json, &mut self.values);
    }

    /// The list, of which `fields` says what each value belongs to. Ready for the next one.
    pub fn finish(&mut self, fields: &Arc<[EvidenceField]>) -> EvidenceList {
        let room = 1 + self.origins.len() + self.values.len();
        let mut packed = Vec::with_capacity(room);
        put_number(self.known.len(), &mut packed);
        packed.append(&mut self.origins);
        packed.append(&mut self.values);
        self.known.clear();
        EvidenceList {
            fields: Arc::clone(fields),
            packed: packed.into_boxed_slice(),
        }
    }
}

/// Seven bits a byte, lowest first; the highest bit says that more follow.
pub(super) fn put_number(mut number: usize, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn put_text(text: &str, out: &mut Vec<u8>) {
    put_number(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// Reads what the functions above wrote; `None` where it is something else.
pub(super) struct Reader<'e>(pub(super) &'e [u8]);

impl<'e> Reader<'e> {
    pub(super) fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self, count: usize) -> Option<&'e [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn text(&mut self) -> Option<&'e str> {
        let length = self.number()?;
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    fn origin(&mut self) -> Option<Origin<'e>> {
        let source = self.text()?;
        let collected_at = match self.number()? {
            0 => None,
            _ => {
                let seconds = i64::from_le_bytes(self.bytes(8)?.try_into().ok()?);
                let rest = i32::from_le_bytes(self.bytes(4)?.try_into().ok()?);
                Some(Timestamp::new(seconds, rest).ok()?)
            }
        };
        Some(Origin {
            source,
            collected_at,
        })
    }
}

/// A value that is not there has neither value nor source: of such a one only the field is kept.
impl From<Vec<Evidence>> for EvidenceList {
    fn from(list: Vec<Evidence>) -> EvidenceList {
        let mut writer = EvidenceWriter::new();
        let mut fields = Vec::with_capacity(list.len());
        for evidence in list {
            match evidence.present {
                true => writer.value(
                    &evidence.value.to_string(),
                    evidence.source,
                    evidence.collected_at,
                ),
                false => writer.absent(),
            }
            fields.push(EvidenceField {
                name: evidence.field,
                tested: evidence.tested,
            });
        }
        writer.finish(&fields.into())
    }
}

impl PartialEq for EvidenceList {
    fn eq(&self, other: &EvidenceList) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for EvidenceList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for EvidenceList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for EvidenceList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Evidence>::deserialize(deserializer).map(EvidenceList::from)
    }
}

impl JsonSchema for EvidenceList {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Vec::<Evidence>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<Evidence>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,200}".prop_map(Value::from),
            prop::collection::vec("[a-z\"\\\\é]{0,9}", 0..4).prop_map(|list| json!(list)),
        ]
    }

    prop_compose! {
        fn any_evidence()(
            field in "[a-z_]{1,12}",
            value in any_value(),
            present in any::<bool>(),
            tested in any::<bool>(),
            source in prop_oneof![Just(""), Just("users/search"), Just("list.csv, row 7")],
            time in prop::option::of((0..4_000_000_000_i64, 0..1_000_000_000_i32)),
        ) -> Evidence {
            let time = time.map(|(seconds, rest)| Timestamp::new(seconds, rest).expect("a time"));
            Evidence {
                field: field.into(),
                value: if present { value } else { Value::Null },
                present,
                tested,
                source: if present { source.into() } else { "".into() },
                collected_at: time.filter(|_| present),
            }
        }
    }

    proptest! {
        #[test]
        fn packed_evidence_comes_out_as_it_went_in(
            list in prop::collection::vec(any_evidence(), 0..12),
        ) {
            let packed = EvidenceList::from(list.clone());
            prop_assert_eq!(packed.len(), list.len());
            let facts: Vec<_> = packed.facts().map(|fact| (fact.present, fact.has_source)).collect();
            let known: Vec<_> = list
                .iter()
                .map(|evidence| (evidence.present, !evidence.source.is_empty()))
                .collect();
            prop_assert_eq!(facts, known);
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), list);
            let text = serde_json::to_string(&packed).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<EvidenceList>(&text).expect("a list"), packed);
        }
    }

    #[test]
    fn a_fingerprint_is_sixteen_digits_and_nothing_else() {
        let digits = "0123456789abcdef";
        assert_eq!(&*Fingerprint::of(digits).expect("digits"), digits);
        for wrong in [
            "",
            "0123456789abcde",
            "0123456789abcdef0",
            "0123456789ABCDEF",
            "é123456789abcde",
        ] {
            assert_eq!(Fingerprint::of(wrong), None, "{wrong}");
        }
    }
}
