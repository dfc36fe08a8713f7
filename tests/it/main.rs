//! Tests of the program as a whole, and of the project: a module per stage.

mod inputs;
mod organization;
mod profile;
mod program;
mod project;
mod settings;
mod truth;
