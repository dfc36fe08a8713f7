//! Tests of the program as a whole, and of the project: a module per stage.

mod guides;
mod interrupted;
mod cases;
mod doctor;
mod missing_evidence;
mod network;
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
