//! A realistic organisation on this machine, so that everything runs over real HTTP without a key
//! of anyone's.
pub mod truth;
pub mod world;
mod encoding;
mod generate;
mod names;
mod random;
