//! Annotations: what happened when.

use crate::database::Tx;
use crate::error::Result;
use crate::value::{Row, words};

/// A remark on a time or a time range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotation {
    /// Its number.
    pub id: i64,
    /// The dashboard it belongs to, or empty for all.
    pub dashboard_uid: String,
    /// The panel it belongs to, or 0.
    pub panel_id: i64,
    /// When it begins.
    pub time_ms: i64,
    /// When it ends; the same for a point in time.
    pub end_ms: i64,
    /// What it says.
    pub text: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Who wrote it.
    pub account_id: i64,
    /// When it was written.
    pub created_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
}

/// Which annotations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that overlap a time range, ends included.
    pub range_ms: Option<(i64, i64)>,
    /// Those of a dashboard.
    pub dashboard_uid: Option<String>,
    /// Most to return; the newest come first.
    pub limit: i64,
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, dashboard_uid, panel_id, time_ms, end_ms, text, tags, account_id, created_ms, updated_ms \
             FROM annotation ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<Annotation> {
    Ok(Annotation {
        id: row.int("id")?,
        dashboard_uid: row.text("dashboard_uid")?,
        panel_id: row.int("panel_id")?,
        time_ms: row.int("time_ms")?,
        end_ms: row.int("end_ms")?,
        text: row.text("text")?,
        tags: row.words("tags")?,
        account_id: row.int("account_id")?,
        created_ms: row.int("created_ms")?,
        updated_ms: row.int("updated_ms")?,
    })
}

impl Tx {
    /// Adds an annotation and returns its number.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_annotation(&mut self, annotation: &Annotation) -> Result<i64> {
        let a = annotation;
        let sql = "INSERT INTO annotation (dashboard_uid, panel_id, time_ms, end_ms, text, tags, account_id, \
                   created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
        let values = [
            (&a.dashboard_uid).into(),
            a.panel_id.into(),
            a.time_ms.into(),
            a.end_ms.into(),
            (&a.text).into(),
            words(&a.tags),
            a.account_id.into(),
            a.created_ms.into(),
            a.updated_ms.into(),
        ];
        self.number(sql, &values).await
    }

    /// Writes the time, text and tags of an annotation.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_annotation(&mut self, annotation: &Annotation) -> Result<bool> {
        let a = annotation;
        let sql = "UPDATE annotation SET time_ms = $2, end_ms = $3, text = $4, tags = $5, updated_ms = $6 WHERE id = $1";
        let values = [
            a.id.into(),
            a.time_ms.into(),
            a.end_ms.into(),
            (&a.text).into(),
            words(&a.tags),
            a.updated_ms.into(),
        ];
        Ok(self.run(sql, &values).await? > 0)
    }

    /// Removes an annotation.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_annotation(&mut self, id: i64) -> Result<bool> {
        Ok(self.run("DELETE FROM annotation WHERE id = $1", &[id.into()]).await? > 0)
    }

    /// Removes the annotations of a panel.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_annotations(&mut self, dashboard_uid: &str, panel_id: i64) -> Result<u64> {
        let sql = "DELETE FROM annotation WHERE dashboard_uid = $1 AND panel_id = $2";
        self.run(sql, &[dashboard_uid.into(), panel_id.into()]).await
    }

    /// Returns an annotation.
    ///
    /// # Errors
    /// The database fails.
    pub async fn annotation(&mut self, id: i64) -> Result<Option<Annotation>> {
        self.row(columns!("WHERE id = $1"), &[id.into()]).await?.map(read).transpose()
    }

    /// Returns annotations, the newest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn annotations(&mut self, filter: &Filter) -> Result<Vec<Annotation>> {
        let (from, to) = filter.range_ms.unwrap_or((i64::MIN, i64::MAX));
        let sql = columns!(
            "WHERE end_ms >= $1 AND time_ms <= $2 AND ($3 = 0 OR dashboard_uid = $4) \
             ORDER BY time_ms DESC, id DESC LIMIT $5"
        );
        let values = [
            from.into(),
            to.into(),
            filter.dashboard_uid.is_some().into(),
            filter.dashboard_uid.as_deref().unwrap_or("").into(),
            filter.limit.into(),
        ];
        self.rows(sql, &values).await?.into_iter().map(read).collect()
    }
}
