//! Tests of the program as a whole, and of the project: a module per stage.

mod interrupted;
mod organization;
mod program;
mod project;
mod samples;
mod truth;
mod verify;
