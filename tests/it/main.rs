//! Tests of the program as a whole, and of the project: a module per stage.

mod authoring;
mod broken_controls;
mod guides;
mod interrupted;
mod language;
mod cases;
mod missing_evidence;
mod organization;
mod pages;
mod program;
mod project;
mod rules;
mod samples;
mod schema;
mod truth;
mod verify;
mod workbench;
