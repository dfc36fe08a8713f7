//! Tests of the program as a whole, and of the project: a module per stage.

mod cases;
mod organization;
mod program;
mod project;
mod rules;
mod samples;
mod truth;
mod workbench;
