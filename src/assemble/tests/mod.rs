//! Collecting and assembling together, against a server on a loopback port.

mod events;
mod faults;
mod joins;
mod moving;
mod resume;
mod server;
