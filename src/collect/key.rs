//! The API key: kept from every output.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// An organisation's API key. It is sent in one header and goes nowhere else: it has no `Serialize`,
/// its `Debug` is `***`, and its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct ApiKey(SecretString);

/// A text that cannot be an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum ApiKeyError {
    /// There is nothing but white space.
    #[error("the API key is empty")]
    #[diagnostic(help(
        "make a read-only key at admin.atlassian.com, Organization settings, API keys, and put it into ATLASSIAN_API_KEY or a file"
    ))]
    Empty,
    /// It holds a character that no key has.
    #[error("the API key holds a space, a line end or another character that no key has")]
    #[diagnostic(help("give the key alone, as the console showed it"))]
    NotAKey,
}

impl ApiKey {
    /// Takes a key as people give it: white space around it is left off.
    ///
    /// # Errors
    /// It is empty, or holds a character that cannot stand in a header.
    pub fn new(text: &str) -> Result<ApiKey, ApiKeyError> {
        let text = text.trim();
        if text.is_empty() {
            Err(ApiKeyError::Empty)
        } else if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(ApiKey(SecretString::from(text.to_owned())))
        } else {
            Err(ApiKeyError::NotAKey)
        }
    }

    /// The key itself, for the header and for finding it where it must not be.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_prints_as_stars() {
        let key = ApiKey::new(" abc123 \n").expect("a key");
        assert_eq!(format!("{key:?}"), "***");
        assert_eq!(key.expose(), "abc123");
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_without_being_repeated() {
        assert_eq!(ApiKey::new(" \n").expect_err("empty"), ApiKeyError::Empty);
        for text in ["two words", "line\nend", "schlüssel"] {
            let error = ApiKey::new(text).expect_err("no key");
            assert_eq!(error, ApiKeyError::NotAKey);
            assert!(!error.to_string().contains(text));
        }
    }
}
