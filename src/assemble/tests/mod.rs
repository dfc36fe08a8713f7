//! Collecting and assembling together, against a server on a loopback port.

mod agreement;
mod events;
mod faults;
mod joins;
mod moving;
mod older;
mod parts;
mod records;
mod resume;
mod runs;
mod server;
mod world;
