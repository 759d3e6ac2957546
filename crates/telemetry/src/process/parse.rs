//! Files of `/proc`, without reading them. Format: proc(5).

/// What `/proc/<pid>/stat` tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// User and system time.
    pub(super) cpu_ticks: u64,
    /// Since the system started.
    pub(super) start_ticks: u64,
    pub(super) virtual_bytes: u64,
    pub(super) resident_pages: u64,
}

/// Reads `/proc/<pid>/stat`. The command's name may hold anything, so fields are counted from its closing parenthesis.
pub(super) fn stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // proc(5) counts from 1 and the first field here is number 3.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        cpu_ticks: field(14)? + field(15)?,
        start_ticks: field(22)?,
        virtual_bytes: field(23)?,
        resident_pages: field(24)?,
    })
}

/// Reads the line `btime` of `/proc/stat`: when the system started, in seconds since the epoch.
pub(super) fn boot_time(text: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

/// Reads a soft limit of `/proc/<pid>/limits`. No limit is told as the largest 64-bit number, as the original does.
pub(super) fn soft_limit(text: &str, name: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?;
    if value == "unlimited" { Some(u64::MAX as f64) } else { value.parse().ok() }
}

/// Reads bytes received and sent over IP from `/proc/<pid>/net/netstat`, where each line of names is followed by one of
/// values.
pub(super) fn octets(text: &str) -> Option<(f64, f64)> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("IpExt:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let find = |wanted: &str| {
        let mut pairs = names.split_whitespace().zip(values.split_whitespace());
        pairs.find(|(name, _)| *name == wanted)?.1.parse().ok()
    };
    Some((find("InOctets")?, find("OutOctets")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stat_with_an_odd_command() {
        let text = "26231 (a) b (c) R 5392 7446 5392 34835 7446 4218880 32533 309516 26 82 1677 44 158 99 20 0 1 0 \
                    82375 56274944 1981 18446744073709551615 0";
        let want =
            Stat { cpu_ticks: 1721, start_ticks: 82375, virtual_bytes: 56_274_944, resident_pages: 1981 };
        assert_eq!(stat(text), Some(want));
        for cut in ["", "1 (x", "1 (x) R 1 2"] {
            assert_eq!(stat(cut), None);
        }
    }

    #[test]
    fn reads_the_other_files() {
        assert_eq!(boot_time("cpu 1 2\nbtime 1418183276\nprocesses 5\n"), Some(1_418_183_276.0));
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max open files            2048                 4096                 files     \n\
                      Max address space         unlimited            unlimited            bytes     \n";
        assert_eq!(soft_limit(limits, "Max open files"), Some(2048.0));
        assert_eq!(soft_limit(limits, "Max address space"), Some(u64::MAX as f64));
        assert_eq!(soft_limit(limits, "Max locks"), None);
        let netstat = "TcpExt: A B\nTcpExt: 1 2\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 3 400 500\n";
        assert_eq!(octets(netstat), Some((400.0, 500.0)));
        assert_eq!(octets("TcpExt: A\n"), None);
    }
}
