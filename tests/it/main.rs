//! Tests of the program as a whole, and of the project: a module per stage.

mod authoring;
mod broken_controls;
mod cases;
mod doctor;
mod events;
mod exports;
mod guides;
mod inputs;
mod interrupted;
mod language;
mod missing_evidence;
mod network;
mod organization;
mod pages;
mod people;
mod profile;
mod program;
mod project;
mod rules;
mod samples;
mod schema;
mod settings;
mod start;
mod truth;
mod verify;
mod workbench;
