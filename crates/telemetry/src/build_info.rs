//! Build information.
