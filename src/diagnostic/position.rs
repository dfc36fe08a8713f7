//! Bytes of a text as lines and columns.

use super::{Place, SourceFile};

/// A place between characters, as editors count: both from 1, columns in Unicode characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl SourceFile {
    /// The position of the byte at `offset`.
    pub fn position(&self, offset: usize) -> Position {
        let text = self.text();
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let line_start = text[..offset].rfind('\n').map_or(0, |end| end + 1);
        let column = text[line_start..offset].chars().count() + 1;
        Position {
            line: self.line(offset),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

impl Place {
    /// Where it starts.
    pub fn start(&self) -> Position {
        self.file.position(self.span.start)
    }

    /// Where it ends: the position after its last character.
    pub fn end(&self) -> Position {
        self.file.position(self.span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn columns_count_characters_and_lines_from_one() {
        let file = SourceFile::new("t", "aé𝄞b\nc");
        let at = |offset| {
            let position = file.position(offset);
            (position.line, position.column)
        };
        assert_eq!(
            (at(0), at(1), at(3), at(7), at(8)),
            ((1, 1), (1, 2), (1, 3), (1, 4), (1, 5))
        );
        assert_eq!((at(9), at(10), at(99)), ((2, 1), (2, 2), (2, 2)));
        // Inside a character: its start.
        assert_eq!(at(2), (1, 2));
        let place = file.place(Span::new(1, 8));
        assert_eq!((place.start().column, place.end().column), (2, 5));
    }
}
