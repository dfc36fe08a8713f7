//! tickmark: controls as code for Atlassian Cloud organisations.
//!
//! ```text
//! controls/*.yaml ─ control ─ profile ─ plan ──────┐
//!                                                  ├─ assess ─┬─ gate ─── exit code
//! Atlassian APIs ─ collect ─ assemble ─ snapshot ──┤          └─ report ─ pages and files
//!    audit_log ─┘                                  │
//! lists ─ import ──────────────────────────────────┘
//! ```
//!
//! The modules below stand in the order of that picture. A stage uses what stands before it and
//! nothing after; only [`cli`] knows all. `ARCHITECTURE.md` is the longer tour.

pub mod diagnostic;
pub mod progress;
pub mod value;
pub mod catalog;
pub mod jsonpath;
pub mod operator;
pub mod control;
pub mod profile;
pub mod plan;
pub mod snapshot;
pub mod audit_log;
pub mod collect;
pub mod doctor;
pub mod import;
pub mod assemble;
pub mod assess;
pub mod workbench;
pub mod gate;
pub mod report;
pub mod sandbox;
pub mod cli;
