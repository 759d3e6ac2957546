//! Remote write and read in both directions.
//!
//! Main type: [`receive::Receiver`], which stores what remote-write senders send. Sending, with durable queues, follows;
//! its configuration is read already ([`config`]).
//!
//! This crate opens no socket: `server` hands it bodies, `transport` will carry its requests.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod config;
pub mod receive;
