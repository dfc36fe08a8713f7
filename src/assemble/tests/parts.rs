//! Listings that are asked for in parts: a directory, an administrator or a batch of accounts at a time.

mod administrators;
mod directories;
mod policy_members;
