//! Tests of the program as a whole, and of the project: a module per stage.

mod organization;
mod project;
mod schema;
mod truth;
