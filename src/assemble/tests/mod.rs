//! Collecting and assembling together, against a server on a loopback port.

mod events;
mod faults;
mod joins;
mod moving;
mod parts;
mod resume;
mod server;
