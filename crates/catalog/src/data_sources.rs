//! Data sources.

use crate::database::Tx;
use crate::error::{CatalogError, Result};
use crate::value::{Row, Value};

/// A data source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataSource {
    /// Its number.
    pub id: i64,
    /// Its identifier.
    pub uid: String,
    /// Its name, unique.
    pub name: String,
    /// What it is: `prometheus`, `loki`, …
    pub kind: String,
    /// `proxy`, or `direct` for browsers that ask it themselves.
    pub access: String,
    /// Where it is.
    pub url: String,
    /// The user that its protocol logs in with.
    pub login: String,
    /// The database to use there.
    pub database_name: String,
    /// Whether HTTP basic authentication is used.
    pub basic_auth: bool,
    /// Its user.
    pub basic_auth_user: String,
    /// Whether cookies are forwarded.
    pub with_credentials: bool,
    /// Whether panels that name none use it.
    pub is_default: bool,
    /// Its options, a JSON object.
    pub json_data: String,
    /// Its secrets, sealed; this crate does not look inside.
    pub secrets: String,
    /// Whether a provisioning file made it.
    pub is_provisioned: bool,
    /// Whether only files change it.
    pub read_only: bool,
    /// Goes up with each change.
    pub version: i64,
    /// When it was made.
    pub created_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
}

/// What is written of a data source, in the order in which [`DataSource::values`] gives it.
macro_rules! written {
    () => {
        "uid, name, kind, access, url, login, database_name, basic_auth, basic_auth_user, with_credentials, is_default, \
         json_data, secrets, is_provisioned, read_only, version, updated_ms"
    };
}

macro_rules! columns {
    ($rest:literal) => {
        concat!("SELECT id, created_ms, ", written!(), " FROM data_source ", $rest)
    };
}

fn read(mut row: Row) -> Result<DataSource> {
    Ok(DataSource {
        id: row.int("id")?,
        created_ms: row.int("created_ms")?,
        uid: row.text("uid")?,
        name: row.text("name")?,
        kind: row.text("kind")?,
        access: row.text("access")?,
        url: row.text("url")?,
        login: row.text("login")?,
        database_name: row.text("database_name")?,
        basic_auth: row.flag("basic_auth")?,
        basic_auth_user: row.text("basic_auth_user")?,
        with_credentials: row.flag("with_credentials")?,
        is_default: row.flag("is_default")?,
        json_data: row.text("json_data")?,
        secrets: row.text("secrets")?,
        is_provisioned: row.flag("is_provisioned")?,
        read_only: row.flag("read_only")?,
        version: row.int("version")?,
        updated_ms: row.int("updated_ms")?,
    })
}

impl DataSource {
    /// The values of the columns that are written.
    fn values(&self) -> Vec<Value> {
        vec![
            (&self.uid).into(),
            (&self.name).into(),
            (&self.kind).into(),
            (&self.access).into(),
            (&self.url).into(),
            (&self.login).into(),
            (&self.database_name).into(),
            self.basic_auth.into(),
            (&self.basic_auth_user).into(),
            self.with_credentials.into(),
            self.is_default.into(),
            (&self.json_data).into(),
            (&self.secrets).into(),
            self.is_provisioned.into(),
            self.read_only.into(),
            self.version.into(),
            self.updated_ms.into(),
        ]
    }
}

impl Tx {
    /// Adds a data source and returns its number.
    ///
    /// # Errors
    /// Another one has the name or identifier.
    pub async fn add_data_source(&mut self, source: &DataSource) -> Result<i64> {
        let sql = concat!(
            "INSERT INTO data_source (",
            written!(),
            ", created_ms) VALUES \
             ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING id"
        );
        let mut values = source.values();
        values.push(source.created_ms.into());
        let id = self.number(sql, &values).await?;
        self.only_default(source.is_default, id).await?;
        Ok(id)
    }

    /// Writes a data source over the version that the caller has seen; `source.version` is the new one.
    ///
    /// # Errors
    /// Somebody else was faster, or another one has the name or identifier.
    pub async fn set_data_source(&mut self, source: &DataSource, seen: i64) -> Result<()> {
        let sql = concat!(
            "UPDATE data_source SET (",
            written!(),
            ") = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
             WHERE id = $18 AND version = $19"
        );
        let mut values = source.values();
        values.extend([source.id.into(), seen.into()]);
        if self.run(sql, &values).await? == 0 {
            let found = self.data_source_by_id(source.id).await?.map_or(0, |source| source.version);
            let uid = source.uid.clone();
            return Err(CatalogError::Changed { what: "data source", uid, expected: seen, found });
        }
        self.only_default(source.is_default, source.id).await
    }

    /// There is one default at most: the newest.
    async fn only_default(&mut self, is_default: bool, id: i64) -> Result<()> {
        if is_default {
            self.run("UPDATE data_source SET is_default = 0 WHERE id <> $1", &[id.into()]).await?;
        }
        Ok(())
    }

    /// Removes a data source.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_data_source(&mut self, id: i64) -> Result<bool> {
        Ok(self.run("DELETE FROM data_source WHERE id = $1", &[id.into()]).await? > 0)
    }

    /// Returns a data source by its identifier.
    ///
    /// # Errors
    /// The database fails.
    pub async fn data_source(&mut self, uid: &str) -> Result<Option<DataSource>> {
        self.row(columns!("WHERE uid = $1"), &[uid.into()]).await?.map(read).transpose()
    }

    /// Returns a data source by its number.
    ///
    /// # Errors
    /// The database fails.
    pub async fn data_source_by_id(&mut self, id: i64) -> Result<Option<DataSource>> {
        self.row(columns!("WHERE id = $1"), &[id.into()]).await?.map(read).transpose()
    }

    /// Returns a data source by its name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn data_source_by_name(&mut self, name: &str) -> Result<Option<DataSource>> {
        self.row(columns!("WHERE name = $1"), &[name.into()]).await?.map(read).transpose()
    }

    /// Returns all data sources by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn data_sources(&mut self) -> Result<Vec<DataSource>> {
        self.rows(columns!("ORDER BY name"), &[]).await?.into_iter().map(read).collect()
    }
}
