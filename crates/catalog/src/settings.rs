//! Single values of the whole installation.

use crate::database::Tx;
use crate::error::Result;

impl Tx {
    /// Returns a value.
    ///
    /// # Errors
    /// The database fails.
    pub async fn setting(&mut self, name: &str) -> Result<Option<String>> {
        let row = self.row("SELECT value FROM setting WHERE name = $1", &[name.into()]).await?;
        row.map(|mut row| row.text("value")).transpose()
    }

    /// Sets a value.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_setting(&mut self, name: &str, value: &str) -> Result<()> {
        let sql = "INSERT INTO setting (name, value) VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.run(sql, &[name.into(), value.into()]).await?;
        Ok(())
    }
}
