//! `/api/v1`: one file per family of endpoints.
