//! API keys: kept from every output.

use super::segment::is_segment;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

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

/// The keys of provisioning directories, by the directory's id.
///
/// They are read from text: `DIRECTORY=KEY`, any number of them, separated by white space; a line that
/// begins with `#` is a remark.
#[derive(Clone, Debug, Default)]
pub struct ScimKeys(BTreeMap<String, ApiKey>); // INVARIANT (one segment): ids are segments of a path; made only by `FromStr`.

/// A text that does not hold keys of provisioning directories. It is not repeated: it may hold one all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScimKeysError {
    /// A part of it is no pair.
    #[error("entry {entry} of the SCIM keys is not of the form DIRECTORY=KEY")]
    NotAPair {
        /// Which one, counted from 1.
        entry: usize,
    },
    /// What stands before the `=` cannot be an id.
    #[error("entry {entry} of the SCIM keys does not begin with the id of a directory")]
    NotADirectory {
        /// Which one, counted from 1.
        entry: usize,
    },
    /// What stands behind it cannot be a key.
    #[error("entry {entry} of the SCIM keys: {problem}")]
    NotAKey {
        /// Which one, counted from 1.
        entry: usize,
        /// Why.
        problem: ApiKeyError,
    },
    /// A directory has two.
    #[error("entry {entry} of the SCIM keys is for a directory that has one already")]
    Twice {
        /// Which one, counted from 1.
        entry: usize,
    },
    /// There is none.
    #[error("there is no SCIM key")]
    Empty,
}

impl miette::Diagnostic for ScimKeysError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(
            "write one DIRECTORY=KEY a line: the id stands in the SCIM base URL, https://api.atlassian.com/scim/directory/DIRECTORY, \
             which the console shows with the key under Security > Identity providers > the provider > User provisioning",
        ))
    }
}

impl ScimKeys {
    /// None at all: provisioning directories are then not asked for.
    pub fn none() -> ScimKeys {
        ScimKeys::default()
    }

    /// The directories that there is a key to, in order.
    pub fn directories(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    pub(super) fn get(&self, directory: &str) -> Option<&ApiKey> {
        self.0.get(directory)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &ApiKey> {
        self.0.values()
    }
}

impl FromStr for ScimKeys {
    type Err = ScimKeysError;

    fn from_str(text: &str) -> Result<ScimKeys, ScimKeysError> {
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'));
        let mut keys = BTreeMap::new();
        for (entry, pair) in (1..).zip(lines.flat_map(str::split_whitespace)) {
            let (directory, key) = pair
                .split_once('=')
                .ok_or(ScimKeysError::NotAPair { entry })?;
            if !is_segment(directory) {
                return Err(ScimKeysError::NotADirectory { entry });
            }
            let key =
                ApiKey::new(key).map_err(|problem| ScimKeysError::NotAKey { entry, problem })?;
            if keys.insert(directory.to_owned(), key).is_some() {
                return Err(ScimKeysError::Twice { entry });
            }
        }
        match keys.is_empty() {
            true => Err(ScimKeysError::Empty),
            false => Ok(ScimKeys(keys)),
        }
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

    #[test]
    fn scim_keys_are_pairs_of_a_directory_and_its_key() {
        let keys: ScimKeys = "# the two providers\nd-1=abc= \n\n d-2=def\n"
            .parse()
            .expect("keys");
        assert_eq!(keys.directories(), ["d-1", "d-2"]);
        assert_eq!(keys.get("d-1").map(ApiKey::expose), Some("abc="));
        assert_eq!(format!("{keys:?}"), r#"ScimKeys({"d-1": ***, "d-2": ***})"#);
    }

    #[test]
    fn scim_keys_that_do_not_read_are_refused_without_being_repeated() {
        for (text, error) in [
            ("", ScimKeysError::Empty),
            ("# d-1=secret", ScimKeysError::Empty),
            ("secret", ScimKeysError::NotAPair { entry: 1 }),
            (
                "d-1=a d/2=secret",
                ScimKeysError::NotADirectory { entry: 2 },
            ),
            ("=secret", ScimKeysError::NotADirectory { entry: 1 }),
            ("d-1=a d-1=secret", ScimKeysError::Twice { entry: 2 }),
            (
                "d-1=",
                ScimKeysError::NotAKey {
                    entry: 1,
                    problem: ApiKeyError::Empty,
                },
            ),
            (
                "d-1=sécret",
                ScimKeysError::NotAKey {
                    entry: 1,
                    problem: ApiKeyError::NotAKey,
                },
            ),
        ] {
            let found = text.parse::<ScimKeys>().expect_err("no keys");
            assert_eq!(found, error, "{text}");
            assert!(!found.to_string().contains("secret"));
        }
    }
}
