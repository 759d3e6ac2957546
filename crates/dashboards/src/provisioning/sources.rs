//! Bringing data sources in line with provisioning files.

use catalog::Tx;

use super::read::SourceFile;
use crate::error::Result;
use crate::secrets::Vault;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Data sources made or changed.
    pub saved: usize,
    /// Data sources removed.
    pub removed: usize,
    /// Entries that could not be used, with why.
    pub problems: Vec<String>,
}

/// Brings data sources in line with a file. Those that are as the file says are not touched.
///
/// # Errors
/// The catalog fails.
pub async fn apply(tx: &mut Tx, file: SourceFile, vault: &Vault, now_ms: i64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for deleted in &file.delete_datasources {
        if let Some(source) = tx.data_source_by_name(&deleted.name).await? {
            tx.remove_data_source(source.id).await?;
            outcome.removed += 1;
        }
    }
    let mut named = Vec::new();
    for provided in file.datasources {
        let mut written = provided.written;
        for (name, value) in
            [("password", provided.password), ("basicAuthPassword", provided.basic_auth_password)]
        {
            if !value.is_empty() {
                written.secure_json_data.entry(name.to_owned()).or_insert(value);
            }
        }
        written.read_only = !provided.editable;
        let name = written.name.trim().to_owned();
        named.push(name.clone());
        let old = match tx.data_source_by_name(&name).await? {
            Some(old) => Some(old),
            None if !written.uid.is_empty() => tx.data_source(&written.uid).await?,
            None => None,
        };
        // A version in a file says nothing about what is stored.
        written.version = 0;
        let wanted = written.secure_json_data.clone();
        let mut record = match written.record(old.as_ref(), vault, now_ms) {
            Ok(record) => record,
            Err(error) => {
                outcome.problems.push(format!("data source {name:?}: {error}"));
                continue;
            }
        };
        record.is_provisioned = true;
        match old {
            None => {
                tx.add_data_source(&record).await?;
                outcome.saved += 1;
            }
            Some(old) => {
                let same_secrets =
                    vault.open(&old.uid, &old.secrets).is_ok_and(|kept| kept == wanted || wanted.is_empty());
                let mut compared = record.clone();
                (compared.version, compared.updated_ms) = (old.version, old.updated_ms);
                if same_secrets {
                    compared.secrets.clone_from(&old.secrets);
                }
                if compared != old {
                    tx.set_data_source(&record, old.version).await?;
                    outcome.saved += 1;
                }
            }
        }
    }
    if file.prune {
        for source in tx.data_sources().await? {
            if source.is_provisioned && !named.contains(&source.name) {
                tx.remove_data_source(source.id).await?;
                outcome.removed += 1;
            }
        }
    }
    Ok(outcome)
}
