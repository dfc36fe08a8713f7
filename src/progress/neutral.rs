//! Text that others wrote, made safe to print on a terminal.

use std::borrow::Cow;

/// `text` with every control character, and every character that turns the direction of writing,
/// written as `\u{…}`: text of an organisation must not move the cursor, colour the screen or
/// reorder a line. Tabs and line ends are control characters as well.
pub fn neutral(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_active(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
