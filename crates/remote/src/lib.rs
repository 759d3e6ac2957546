//! Remote write and read in both directions.
//!
//! Main types: [`receive::Receiver`], which stores what remote-write senders send, and [`read::Request`], what a remote reader
//! asks for. Sending, with durable queues, follows; its configuration is read already ([`config`]).
//!
//! This crate opens no socket: `server` hands it bodies, `transport` will carry its requests.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod config;
pub mod put;
pub mod read;
pub mod receive;
