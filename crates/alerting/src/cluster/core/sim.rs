//! Whole replicas, state machine and protocol, on a simulated network: time jumps from event to event, nothing waits.

mod tests;
mod world;
