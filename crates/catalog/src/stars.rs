//! What people like.

use crate::database::Tx;
use crate::error::Result;

impl Tx {
    /// Returns the dashboards that somebody starred.
    ///
    /// # Errors
    /// The database fails.
    pub async fn stars(&mut self, account_id: i64) -> Result<Vec<String>> {
        let sql = "SELECT dashboard_uid FROM star WHERE account_id = $1 ORDER BY dashboard_uid";
        let rows = self.rows(sql, &[account_id.into()]).await?;
        rows.into_iter().map(|mut row| row.text("dashboard_uid")).collect()
    }

    /// Stars a dashboard.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_star(&mut self, account_id: i64, dashboard_uid: &str) -> Result<()> {
        let sql = "INSERT INTO star (account_id, dashboard_uid) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.run(sql, &[account_id.into(), dashboard_uid.into()]).await?;
        Ok(())
    }

    /// Takes a star away.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_star(&mut self, account_id: i64, dashboard_uid: &str) -> Result<()> {
        let sql = "DELETE FROM star WHERE account_id = $1 AND dashboard_uid = $2";
        self.run(sql, &[account_id.into(), dashboard_uid.into()]).await?;
        Ok(())
    }
}
