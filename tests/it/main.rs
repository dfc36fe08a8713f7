//! Tests of the program as a whole, and of the project: a module per stage.

mod broken_controls;
mod organization;
mod program;
mod project;
mod samples;
mod truth;
