//! Tests of the program as a whole, and of the project: a module per stage.

mod missing_evidence;
mod organization;
mod pages;
mod project;
mod schema;
mod truth;
