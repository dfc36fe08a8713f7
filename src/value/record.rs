//! The projected scanner: one pass over a canonical line that looks for the wanted fields only.
//!
//! Relies on INVARIANT (canonical line), see [`Raw`]: members stand in the dataset's order, each at
//! most once, absent ones left out. So the next key can be guessed and compared in place, and the
//! pass ends with the last field that is wanted.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::raw::{text_end, value_end};
use super::{Json, Kind, Number, Raw, RawElements, RawMembers};

/// Which fields of a dataset's lines are wanted.
#[derive(Clone, Debug)]
pub struct Projection {
    /// Every field of the dataset in canonical order.
    fields: Vec<FieldPlace>,
    /// Names of the wanted fields in canonical order; a slot each.
    wanted: Vec<Box<str>>,
    /// Place after which nothing is wanted.
    end: usize,
    /// Places in `fields` by [`hash`] of the name, [`EMPTY`] where none; a power of two long.
    table: Vec<u32>,
    /// Whether some name is written with escapes in a line.
    has_escapes: bool,
}

#[derive(Clone, Debug)]
struct FieldPlace {
    /// The key as it stands in a line: `"name":`, with escapes if it needs them.
    key: Box<[u8]>,
    /// Its slot, if it is wanted.
    slot: Option<usize>,
}

/// No field has this hash.
const EMPTY: u32 = u32::MAX;

/// Where a wanted field's value stands in the line: its first byte and the one after its last;
/// empty if the field is absent. A scratch space that outlives the lines it was used for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    start: u32,
    end: u32,
}

impl Projection {
    /// Wants the fields `wanted`, in any order, of a dataset whose lines hold `order`.
    ///
    /// A wanted field that `order` does not have is always absent.
    pub fn new<'n>(
        order: impl IntoIterator<Item = &'n str>,
        wanted: impl IntoIterator<Item = &'n str>,
    ) -> Projection {
        let asked: Vec<&str> = wanted.into_iter().collect();
        let mut fields = Vec::new();
        let mut wanted: Vec<Box<str>> = Vec::new();
        let mut end = 0;
        let mut has_escapes = false;
        for name in order {
            let slot = asked.contains(&name).then_some(wanted.len());
            if slot.is_some() {
                wanted.push(name.into());
                end = fields.len() + 1;
            }
            let key = format!("{}:", Value::from(name));
            has_escapes |= key.contains('\\');
            fields.push(FieldPlace {
                key: key.into_bytes().into_boxed_slice(),
                slot,
            });
        }
        let mut table = vec![EMPTY; (fields.len() * 4).next_power_of_two()];
        for (place, field) in (0_u32..).zip(&fields) {
            let mut at = hash(name_of(&field.key), table.len());
            while table[at] != EMPTY {
                at = (at + 1) % table.len();
            }
            table[at] = place;
        }
        Projection {
            fields,
            wanted,
            end,
            table,
            has_escapes,
        }
    }

    /// Names of the wanted fields that the dataset has, in canonical order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.wanted.iter().map(|name| &**name)
    }

    /// Finds the wanted fields of `line`, with `slots` as scratch space.
    ///
    /// `None` if the line is no object that can be followed up to the last wanted field.
    pub fn scan<'a>(&'a self, line: &'a str, slots: &'a mut Vec<Slot>) -> Option<Record<'a>> {
        slots.clear();
        slots.resize(self.wanted.len(), Slot::default());
        // Places are 32 bits wide.
        if u32::try_from(line.len()).is_err() {
            return None;
        }
        self.fill(line.as_bytes(), slots)?;
        Some(Record(View::Line {
            projection: self,
            line,
            slots,
        }))
    }

    fn fill(&self, bytes: &[u8], slots: &mut [Slot]) -> Option<()> {
        match bytes {
            [b'{', b'}'] => return Some(()),
            [b'{', ..] => {}
            _ => return None,
        }
        let mut at = 1;
        let mut next_place = 0;
        while next_place < self.end {
            let rest = bytes.get(at..)?;
            let (place, value) = match self.guess(rest, next_place) {
                Some(place) => (Some(place), at + self.fields[place].key.len()),
                None => {
                    let colon = text_end(bytes, at)?;
                    if bytes.get(colon) != Some(&b':') {
                        return None;
                    }
                    (self.place(&bytes[at + 1..colon - 1]), colon + 1)
                }
            };
            let end = value_end(bytes, value)?;
            if let Some(place) = place {
                if let Some(slot) = self.fields[place].slot {
                    slots[slot] = Slot {
                        start: value as u32,
                        end: end as u32,
                    };
                }
                next_place = place + 1;
            }
            match bytes.get(end)? {
                b',' => at = end + 1,
                b'}' => return Some(()),
                _ => return None,
            }
        }
        Some(())
    }

    /// The field at `place`, if `rest` starts with its key: so it is unless a field is absent.
    fn guess(&self, rest: &[u8], place: usize) -> Option<usize> {
        rest.starts_with(&self.fields[place].key).then_some(place)
    }

    /// Place in canonical order of the field whose name is written `name` in a line.
    fn place(&self, name: &[u8]) -> Option<usize> {
        let mut at = hash(name, self.table.len());
        loop {
            // Ends at the latest at an empty place, and three of four places are empty.
            let place = *self.table.get(at)? as usize;
            let field = self.fields.get(place)?;
            if name_of(&field.key) == name {
                return Some(place);
            }
            at = (at + 1) % self.table.len();
        }
    }

    fn slot(&self, name: &str) -> Option<usize> {
        let place = if self.has_escapes {
            let key = Value::from(name).to_string();
            self.place(&key.as_bytes()[1..key.len() - 1])
        } else {
            self.place(name.as_bytes())
        };
        self.fields[place?].slot
    }
}

/// The name in a key: without its quotes and the colon.
fn name_of(key: &[u8]) -> &[u8] {
    &key[1..key.len() - 2]
}

/// Cheap rather than good: a dataset has some dozens of names, and a clash costs one comparison.
fn hash(name: &[u8], table_len: usize) -> usize {
    let byte = |at: usize| usize::from(name.get(at).copied().unwrap_or(0));
    let length = name.len();
    (length + 7 * byte(0) + 31 * byte(length / 2) + 127 * byte(length.wrapping_sub(1)))
        & (table_len - 1)
}

/// One record of a dataset as an object that has the projected fields only, or a value inside it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a>(View<'a>);

#[derive(Clone, Copy, Debug)]
enum View<'a> {
    Line {
        projection: &'a Projection,
        line: &'a str,
        slots: &'a [Slot],
    },
    Inner(Raw<'a>),
}

impl<'a> Record<'a> {
    /// The whole line, also the fields that were not projected; a value's own text inside a record.
    pub fn text(self) -> &'a str {
        match self.0 {
            View::Line { line, .. } => line,
            View::Inner(raw) => raw.text(),
        }
    }

    fn inner(self) -> Option<Raw<'a>> {
        match self.0 {
            View::Line { .. } => None,
            View::Inner(raw) => Some(raw),
        }
    }
}

fn in_slot<'a>(line: &'a str, slot: Slot) -> Option<Raw<'a>> {
    if slot.end == 0 {
        return None;
    }
    line.get(slot.start as usize..slot.end as usize)
        .map(Raw::of_canonical)
}

impl<'a> Json<'a> for Record<'a> {
    type Elements = RecordElements<'a>;
    type Members = RecordMembers<'a>;

    fn kind(self) -> Kind {
        self.inner().map_or(Kind::Object, Json::kind)
    }

    fn as_bool(self) -> Option<bool> {
        self.inner()?.as_bool()
    }

    fn as_number(self) -> Option<Number> {
        self.inner()?.as_number()
    }

    fn as_text(self) -> Option<Cow<'a, str>> {
        self.inner()?.as_text()
    }

    fn is_text(self, text: &str) -> bool {
        self.inner().is_some_and(|raw| raw.is_text(text))
    }

    fn member(self, name: &str) -> Option<Self> {
        let raw = match self.0 {
            View::Line {
                projection,
                line,
                slots,
            } => in_slot(line, *slots.get(projection.slot(name)?)?),
            View::Inner(raw) => raw.member(name),
        };
        raw.map(|raw| Record(View::Inner(raw)))
    }

    fn elements(self) -> Self::Elements {
        RecordElements(self.inner().map(Json::elements))
    }

    fn members(self) -> Self::Members {
        match self.0 {
            View::Line {
                projection,
                line,
                slots,
            } => RecordMembers(MembersOf::Line {
                names: &projection.wanted,
                line,
                slots,
            }),
            View::Inner(raw) => RecordMembers(MembersOf::Inner(raw.members())),
        }
    }

    fn to_value(self) -> Value {
        match self.0 {
            View::Line { .. } => Value::Object(
                self.members()
                    .map(|(name, value)| (name.into_owned(), value.to_value()))
                    .collect::<Map<_, _>>(),
            ),
            View::Inner(raw) => raw.to_value(),
        }
    }
}

/// Elements of an array inside a record.
#[derive(Clone, Debug)]
pub struct RecordElements<'a>(Option<RawElements<'a>>);

impl<'a> Iterator for RecordElements<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        self.0.as_mut()?.next().map(|raw| Record(View::Inner(raw)))
    }
}

/// The projected fields of a record that are not absent, or the members of an object inside it.
#[derive(Clone, Debug)]
pub struct RecordMembers<'a>(MembersOf<'a>);

#[derive(Clone, Debug)]
enum MembersOf<'a> {
    Line {
        names: &'a [Box<str>],
        line: &'a str,
        slots: &'a [Slot],
    },
    Inner(RawMembers<'a>),
}

impl<'a> Iterator for RecordMembers<'a> {
    type Item = (Cow<'a, str>, Record<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            MembersOf::Line { names, line, slots } => loop {
                let (name, slot) = (names.split_off_first()?, slots.split_off_first()?);
                if let Some(raw) = in_slot(line, *slot) {
                    return Some((Cow::Borrowed(&**name), Record(View::Inner(raw))));
                }
            },
            MembersOf::Inner(members) => members
                .next()
                .map(|(name, raw)| (name, Record(View::Inner(raw)))),
        }
    }
}
