//! Logins that others vouch for: OpenID Connect and OAuth 2 providers, a proxy in front, signed tokens (JWT), directories (LDAP).
//!
//! [`config`] is the file of `--auth.config-file`; [`claims`] makes a user of what a provider says; [`oauth`] is the code flow
//! with PKCE as values, without HTTP; [`jwt`] checks signed tokens; [`proxy`] says which proxies are believed; [`ldap`] asks
//! directories for passwords.
//!
//! Invariants: 1. Who is vouched for by one party never becomes the user of another (see `Accounts::vouched`).  2. A claim that
//! is missing grants nothing.  3. A token's signature, audience, issuer and end are checked before anything in it is read.

pub mod claims;
pub mod config;
pub mod follow_up;
pub mod jmespath;
pub mod jwt;
pub mod ldap;
pub mod oauth;
mod presets;
pub mod proxy;
#[cfg(test)]
mod tests;

pub use config::Outside;
