//! Tests of the program as a whole, and of the project: a module per stage.

mod authoring;
mod guides;
mod interrupted;
mod missing_evidence;
mod organization;
mod pages;
mod program;
mod project;
mod samples;
mod schema;
mod truth;
mod verify;
