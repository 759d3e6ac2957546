//! A bucket of a store that speaks S3: Amazon's, or any other by its endpoint.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use super::aws_config::Profile;
use super::connector::Connector;
use super::{Object, Store};
use crate::digest::{Digest, Digester};
use crate::error::BackupError;
use crate::progress::Progress;

/// Files are sent and fetched in parts of this size. S3 takes at least 5 MiB and at most 10,000 parts.
const PART_BYTES: usize = 16 << 20;
/// Threads that wait for sockets.
const NETWORK_THREADS: usize = 2;

/// What the environment does not say.
#[derive(Clone, Debug, Default)]
pub struct S3Options {
    /// Address of the store, if it is not Amazon's; buckets are then named in the path.
    pub endpoint: Option<String>,
    /// Region, if not that of the environment.
    pub region: Option<String>,
    /// The profile of Amazon's configuration files, if not that of the environment.
    pub profile: Option<String>,
}

/// A part of a bucket.
pub struct S3 {
    store: AmazonS3,
    prefix: String,
    place: String,
    runtime: tokio::runtime::Runtime,
}

impl S3 {
    /// Opens `bucket/prefix`. Credentials, region and endpoint come from the options, the environment (`AWS_ACCESS_KEY_ID` …), Amazon's
    /// configuration files, or the machine's role, in this order.
    ///
    /// # Errors
    /// [`BackupError::Place`]; the store is not asked anything yet.
    pub fn open(bucket_and_prefix: &str, options: &S3Options) -> Result<S3, BackupError> {
        let refuse = |reason| BackupError::Place { place: format!("s3://{bucket_and_prefix}"), reason };
        let profile = Profile::read(options.profile.as_deref()).map_err(refuse)?;
        S3::build(bucket_and_prefix, options, profile, AmazonS3Builder::from_env())
    }

    /// Opens with keys of one's own, whatever the environment says.
    #[cfg(test)]
    pub(crate) fn with_keys(
        bucket_and_prefix: &str,
        options: &S3Options,
        id: &str,
        secret: &str,
    ) -> Result<S3, BackupError> {
        let builder = AmazonS3Builder::new().with_access_key_id(id).with_secret_access_key(secret);
        S3::build(bucket_and_prefix, options, Profile::default(), builder)
    }

    fn build(
        bucket_and_prefix: &str,
        options: &S3Options,
        profile: Profile,
        builder: AmazonS3Builder,
    ) -> Result<S3, BackupError> {
        let place = format!("s3://{bucket_and_prefix}");
        let refuse = |reason: String| BackupError::Place { place: place.clone(), reason };
        let (bucket, prefix) = bucket_and_prefix.split_once('/').unwrap_or((bucket_and_prefix, ""));
        if bucket.is_empty() {
            return Err(refuse("expected s3://bucket/prefix".to_owned()));
        }
        // Objects are deleted one by one anyway, and not every store knows the request for many.
        let mut builder =
            builder.with_bucket_name(bucket).with_http_connector(Connector).with_disable_bulk_delete(true);
        let in_environment = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        if options.profile.is_some() || in_environment("AWS_ACCESS_KEY_ID").is_none() {
            if let (Some(id), Some(secret)) = (&profile.access_key_id, &profile.secret_access_key) {
                builder = builder.with_access_key_id(id).with_secret_access_key(secret);
            }
            if let Some(token) = &profile.session_token {
                builder = builder.with_token(token);
            }
        }
        let region = options.region.clone().or_else(|| in_environment("AWS_REGION"));
        if let Some(region) = region.or_else(|| in_environment("AWS_DEFAULT_REGION")).or(profile.region) {
            builder = builder.with_region(region);
        }
        let endpoint = options.endpoint.clone().or_else(|| in_environment("AWS_ENDPOINT_URL_S3"));
        let endpoint = endpoint.or_else(|| in_environment("AWS_ENDPOINT_URL")).or(profile.endpoint_url);
        if let Some(endpoint) = endpoint {
            let typed = if endpoint.contains("://") { endpoint } else { format!("https://{endpoint}") };
            url::Url::parse(&typed).map_err(|e| refuse(format!("endpoint {typed:?}: {e}")))?;
            // The user's own word: a store in the same house may have no certificate.
            builder = builder
                .with_allow_http(typed.starts_with("http://"))
                .with_endpoint(typed.trim_end_matches('/'))
                .with_virtual_hosted_style_request(false);
        }
        let store = builder.build().map_err(|e| refuse(e.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(NETWORK_THREADS)
            .enable_all()
            .build()
            .map_err(BackupError::io("start threads for", Path::new("s3")))?;
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(S3 { store, prefix, place, runtime })
    }

    fn key(&self, key: &str) -> Key {
        Key::from(format!("{}{key}", self.prefix))
    }

    fn failed(&self, action: &'static str, key: &str) -> impl Fn(object_store::Error) -> BackupError {
        let (key, place) = (key.to_owned(), self.place.clone());
        move |e| BackupError::Store { action, key: key.clone(), place: place.clone(), reason: reason(&e) }
    }

    async fn put_parts(
        &self,
        key: &str,
        first: Bytes,
        from: (&mut File, &Path),
        digester: &mut Digester,
        progress: &dyn Progress,
    ) -> Result<(), BackupError> {
        let failed = self.failed("write", key);
        let mut upload = self.store.put_multipart(&self.key(key)).await.map_err(&failed)?;
        let mut part = first;
        while !part.is_empty() {
            let bytes = part.len() as u64;
            if let Err(error) = upload.put_part(PutPayload::from(part)).await {
                // Parts of an upload that nobody ends cost money. If that fails as well, there is nothing left to try.
                upload.abort().await.ok();
                return Err(failed(error));
            }
            progress.advance(bytes);
            part = read_part(from.0, from.1)?;
            digester.update(&part);
        }
        upload.complete().await.map_err(&failed)?;
        Ok(())
    }
}

impl Store for S3 {
    fn place(&self) -> String {
        self.place.clone()
    }

    fn list(&self, prefix: &str) -> Result<Vec<Object>, BackupError> {
        let under = self.key(prefix);
        let found = self.runtime.block_on(self.store.list(Some(&under)).try_collect::<Vec<_>>());
        let own = |location: &Key| location.as_ref().strip_prefix(&self.prefix).map(str::to_owned);
        let objects = found.map_err(self.failed("list", prefix))?;
        Ok(objects.iter().filter_map(|o| Some(Object { key: own(&o.location)?, bytes: o.size })).collect())
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let payload = PutPayload::from(Bytes::copy_from_slice(bytes));
        let put = self.runtime.block_on(self.store.put(&self.key(key), payload));
        put.map(|_| ()).map_err(self.failed("write", key))
    }

    fn put_file(&self, key: &str, file: &Path, progress: &dyn Progress) -> Result<Digest, BackupError> {
        let mut from = File::open(file).map_err(BackupError::io("open", file))?;
        let mut digester = Digester::new();
        let first = read_part(&mut from, file)?;
        digester.update(&first);
        if first.len() < PART_BYTES {
            self.put(key, &first)?;
            progress.advance(first.len() as u64);
        } else {
            self.runtime.block_on(self.put_parts(key, first, (&mut from, file), &mut digester, progress))?;
        }
        Ok(digester.finish())
    }

    fn get(&self, key: &str, bytes_max: u64) -> Result<Vec<u8>, BackupError> {
        let location = self.key(key);
        let read = self.runtime.block_on(async {
            let answer = self.store.get(&location).await?;
            if answer.meta.size > bytes_max {
                Ok(Err(answer.meta.size))
            } else {
                answer.bytes().await.map(Ok)
            }
        });
        match read.map_err(self.failed("read", key))? {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(bytes) => Err(BackupError::Damaged {
                key: key.to_owned(),
                expected: format!("at most {bytes_max} bytes"),
                found: format!("{bytes} bytes"),
            }),
        }
    }

    fn get_file(
        &self,
        key: &str,
        bytes: u64,
        to: &Path,
        progress: &dyn Progress,
    ) -> Result<Digest, BackupError> {
        let location = self.key(key);
        let mut file = File::create(to).map_err(BackupError::io("create", to))?;
        let mut digester = Digester::new();
        let mut at = 0;
        while at < bytes {
            let end = bytes.min(at + PART_BYTES as u64);
            let part = self.runtime.block_on(self.store.get_range(&location, at..end));
            let part = part.map_err(self.failed("read", key))?;
            if part.is_empty() {
                break; // the digest will tell
            }
            digester.update(&part);
            file.write_all(&part).map_err(BackupError::io("write", to))?;
            progress.advance(part.len() as u64);
            at += part.len() as u64;
        }
        Ok(digester.finish())
    }

    fn delete(&self, key: &str) -> Result<(), BackupError> {
        match self.runtime.block_on(self.store.delete(&self.key(key))) {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(self.failed("delete", key)(error)),
        }
    }
}

/// Reads up to a part; less only at the end of the file.
fn read_part(file: &mut File, path: &Path) -> Result<Bytes, BackupError> {
    let mut part = Vec::new();
    file.take(PART_BYTES as u64).read_to_end(&mut part).map_err(BackupError::io("read", path))?;
    Ok(Bytes::from(part))
}

/// Puts an error and its causes into one line.
fn reason(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}
