//! Plan + snapshot + point in time -> assessment. Pure: no clock, no network, no order of threads.

mod assessment;

pub use assessment::{
    Assessment, ControlAssessment, ControlSource, DatasetUse, Evidence, FORMAT, Finding,
    LedgerLine, Mapping, Outcome, ParameterStatement, PassingSubject, PopulationStatement, Reason,
    SnapshotStatement,
};

#[cfg(test)]
pub(crate) mod fixture;
