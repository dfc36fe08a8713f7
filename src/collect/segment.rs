//! Segments of a request's path.

/// Whether `text` can be the id of an account or of a directory, as one segment of a path.
pub(super) fn is_segment(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_:|".contains(&byte))
}
