//! base64url without padding (RFC 4648, section 5), as ids of domains and cursors use it.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `bytes` as text that needs no escaping in a URL.
pub(super) fn base64_url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |word, (place, &byte)| {
                word | u32::from(byte) << (16 - 8 * place)
            });
        for place in 0..=chunk.len() {
            let digit = (word >> (18 - 6 * place)) & 63;
            text.push(char::from(ALPHABET[digit as usize]));
        }
    }
    text
}

/// The bytes that `text` stands for, or nothing if it was not made by [`base64_url`].
pub(super) fn from_base64_url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.as_bytes().chunks(4) {
        let mut word = 0_u32;
        for (place, byte) in chunk.iter().enumerate() {
            let digit = ALPHABET.iter().position(|known| known == byte)?;
            word |= u32::try_from(digit).ok()? << (18 - 6 * place);
        }
        bytes.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
    }
    // Left-over bits and impossible lengths: only one text may stand for a value.
    (base64_url(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_rfc_4648_are_written_without_padding_and_read_back() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
            (b"\xfb\xff", "-_8"),
        ] {
            assert_eq!(base64_url(bytes), text);
            assert_eq!(from_base64_url(text).as_deref(), Some(bytes));
        }
        // A sign of the other alphabet, left-over bits, a length that no text has, padding.
        for text in ["+/8", "Zh", "Z", "Zg=="] {
            assert_eq!(from_base64_url(text), None, "{text}");
        }
    }
}
