//! YAML to controls: read, parsed, words and types checked.

mod words;

pub use words::{MappingStrength, Severity};
