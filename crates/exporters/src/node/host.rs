//! Where the host's files are, and what collectors remember between two readings.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::error::CollectError;
use super::filter::Filter;

/// Largest file of /proc or /sys that is read.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The host: its roots, the choices of devices, and what must be remembered.
#[derive(Debug)]
pub struct Host {
    /// `/proc`, or where it is mounted.
    pub procfs: PathBuf,
    /// `/sys`.
    pub sysfs: PathBuf,
    /// `/`; mount points are looked up below it.
    pub rootfs: PathBuf,
    /// `/run/udev/data`.
    pub udev_data: PathBuf,
    /// Disks of `diskstats`.
    pub disks: Filter,
    /// Mount points of `filesystem`.
    pub mount_points: Filter,
    /// Filesystem types of `filesystem`.
    pub filesystem_types: Filter,
    /// Network devices of `netdev`.
    pub netdev_devices: Filter,
    /// Network devices of `netclass`.
    pub netclass_devices: Filter,
    /// Network devices of `arp`.
    pub arp_devices: Filter,
    /// Directories of `textfile`, as patterns; none by default.
    pub textfile_directories: Vec<String>,
    /// Highest seconds seen by processor and mode: the kernel lets some of them step back a little.
    pub(super) cpu_seconds: Mutex<HashMap<String, Vec<f64>>>,
    /// Mount points that did not answer, until they do.
    pub(super) stuck_mounts: Arc<Mutex<HashSet<String>>>,
}

impl Default for Host {
    fn default() -> Host {
        Host::at("/proc", "/sys", "/")
    }
}

impl Host {
    /// A host below other roots, with node_exporter's default choice of devices.
    pub fn at(procfs: impl Into<PathBuf>, sysfs: impl Into<PathBuf>, rootfs: impl Into<PathBuf>) -> Host {
        Host {
            procfs: procfs.into(),
            sysfs: sysfs.into(),
            rootfs: rootfs.into(),
            udev_data: PathBuf::from("/run/udev/data"),
            disks: Filter::excluding(r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$"),
            mount_points: Filter::excluding(
                "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
            ),
            filesystem_types: Filter::excluding(
                "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$",
            ),
            netdev_devices: Filter::default(),
            netclass_devices: Filter::default(),
            arp_devices: Filter::default(),
            textfile_directories: Vec::new(),
            cpu_seconds: Mutex::default(),
            stuck_mounts: Arc::default(),
        }
    }

    /// Reads a file below `/proc`.
    pub(super) fn proc(&self, path: &str) -> Result<String, CollectError> {
        read(&self.procfs.join(path))
    }

    /// Reads a file below `/sys`, trimmed.
    pub(super) fn sys(&self, path: impl AsRef<Path>) -> Result<String, CollectError> {
        read(&self.sysfs.join(path)).map(|text| text.trim().to_owned())
    }

    /// Names in a folder below `/sys`, sorted; [`CollectError::NoData`] if there is no such folder.
    pub(super) fn sys_names(&self, path: &str) -> Result<Vec<String>, CollectError> {
        names(&self.sysfs.join(path))
    }
}

/// Reads a whole file as text, bytes that are not UTF-8 replaced.
pub(super) fn read(path: &Path) -> Result<String, CollectError> {
    use std::io::Read;
    let fail = |source| CollectError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|f| f.take(FILE_BYTES_MAX).read_to_end(&mut bytes)).map_err(fail)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Names in a folder, sorted.
pub(super) fn names(path: &Path) -> Result<Vec<String>, CollectError> {
    let entries = std::fs::read_dir(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => CollectError::NoData,
        _others => CollectError::Read { path: path.to_owned(), source },
    })?;
    let mut names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}
