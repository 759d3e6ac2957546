mod devices;
mod textfile;

use std::path::Path;

use exposition::MetricValue;

use super::*;

/// A host in a temporary folder, made of the given files.
fn fake(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let at = |p: &str| root.path().join(p);
    let mut host = Host::at(at("proc"), at("sys"), at(""));
    host.udev_data = at("udev");
    (root, host)
}

/// What one collector says, as `name{labels} value` lines.
fn lines(host: &Host, name: &str) -> Vec<String> {
    let collector = ALL.iter().find(|c| c.name == name).unwrap();
    let mut found = Families::default();
    (collector.collect)(host, &mut found).unwrap();
    let mut lines = Vec::new();
    for family in found.into_sorted() {
        for metric in family.metrics {
            let MetricValue::Number(value, _) = metric.value else { panic!("{} is no number", family.name) };
            lines.push(format!("{}{} {}", family.name, metric.labels, model::number::format_g(value)));
        }
    }
    lines
}

fn check(name: &str, files: &[(&str, &str)], want: &[&str]) {
    let (_root, host) = fake(files);
    assert_eq!(lines(&host, name), want, "{name}");
}

#[test]
fn plain_files_become_metrics() {
    check(
        "loadavg",
        &[("proc/loadavg", "0.21 0.37 0.39 1/719 19737\n")],
        &["node_load1{} 0.21", "node_load15{} 0.39", "node_load5{} 0.37"],
    );
    let meminfo = "MemTotal:       16042172 kB\nActive(anon):     512 kB\nHugePages_Total:       3\n";
    check(
        "meminfo",
        &[("proc/meminfo", meminfo)],
        &[
            "node_memory_Active_anon_bytes{} 524288",
            "node_memory_HugePages_Total{} 3",
            "node_memory_MemTotal_bytes{} 1.6427184128e+10",
        ],
    );
    let stat = "cpu  1 2 3\nintr 8885917 17 0\nctxt 38014093\nbtime 1418183276\nprocesses 26442\nprocs_running 2\nprocs_blocked 1\n";
    check(
        "stat",
        &[("proc/stat", stat)],
        &[
            "node_boot_time_seconds{} 1.418183276e+09",
            "node_context_switches_total{} 3.8014093e+07",
            "node_forks_total{} 26442",
            "node_intr_total{} 8.885917e+06",
            "node_procs_blocked{} 1",
            "node_procs_running{} 2",
        ],
    );
    let vmstat =
        "nr_free_pages 977769\npgpgin 7344136\npgmajfault 62\npgfault 9\npgfree 1\noom_kill 0\npswpin 5\n";
    check(
        "vmstat",
        &[("proc/vmstat", vmstat)],
        &[
            "node_vmstat_oom_kill{} 0",
            "node_vmstat_pgfault{} 9",
            "node_vmstat_pgmajfault{} 62",
            "node_vmstat_pgpgin{} 7.344136e+06",
            "node_vmstat_pswpin{} 5",
        ],
    );
    check(
        "filefd",
        &[("proc/sys/fs/file-nr", "1024\t0\t1631329\n")],
        &["node_filefd_allocated{} 1024", "node_filefd_maximum{} 1.631329e+06"],
    );
    let cpu =
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\nfull avg10=0 avg60=0 avg300=0 total=0\n";
    let io = "some avg10=0.10 avg60=2.00 avg300=3.85 total=159886802\nfull avg10=0.10 avg60=2.00 avg300=3.85 total=159229614\n";
    check(
        "pressure",
        &[("proc/pressure/cpu", cpu), ("proc/pressure/io", io)],
        &[
            "node_pressure_cpu_waiting_seconds_total{} 14.036781",
            "node_pressure_io_stalled_seconds_total{} 159.229614",
            "node_pressure_io_waiting_seconds_total{} 159.886802",
        ],
    );
    let schedstat = "version 15\ntimestamp 15819019232\ncpu1 498494191 0 3533438552 2553969831 3853684107 2465731542 2045936778163039 343796328169361 4767485306\n";
    check(
        "schedstat",
        &[("proc/schedstat", schedstat)],
        &[
            r#"node_schedstat_running_seconds_total{cpu="1"} 2.045936778163039e+06"#,
            r#"node_schedstat_timeslices_total{cpu="1"} 4.767485306e+09"#,
            r#"node_schedstat_waiting_seconds_total{cpu="1"} 343796.328169361"#,
        ],
    );
}

#[test]
fn processors_report_modes_and_never_step_back() {
    let stat = |idle: &str, iowait: &str| {
        format!("cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 100 20 300 {idle} {iowait} 1 2 3 40 5\n")
    };
    let (root, host) =
        fake(&[("proc/stat", &stat("50000", "700")), ("sys/devices/system/cpu/isolated", "1,3-4\n")]);
    let first = lines(&host, "cpu");
    assert!(first.contains(&r#"node_cpu_seconds_total{cpu="0", mode="idle"} 500"#.to_owned()), "{first:?}");
    assert!(first.contains(&r#"node_cpu_guest_seconds_total{cpu="0", mode="user"} 0.4"#.to_owned()));
    assert!(first.contains(&r#"node_cpu_isolated{cpu="4"} 1"#.to_owned()));
    assert!(!first.iter().any(|l| l.contains(r#"cpu="""#)), "the sum over processors is not reported");

    std::fs::write(root.path().join("proc/stat"), stat("49999", "650")).unwrap();
    let second = lines(&host, "cpu");
    assert!(second.contains(&r#"node_cpu_seconds_total{cpu="0", mode="idle"} 500"#.to_owned()));
    assert!(second.contains(&r#"node_cpu_seconds_total{cpu="0", mode="iowait"} 7"#.to_owned()));

    std::fs::write(root.path().join("proc/stat"), stat("100", "1")).unwrap();
    let replugged = lines(&host, "cpu");
    assert!(replugged.contains(&r#"node_cpu_seconds_total{cpu="0", mode="idle"} 1"#.to_owned()));
}

#[test]
fn disks_report_bytes_and_seconds_and_partitions_are_left_out() {
    let diskstats = "   8       0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 0 9653880 82621804 0 0 0 0 5 6\n   8       1 sda1 250 0 2000 36 0 0 0 0 0 36 36\n 252 0 dm-0 1 2 3 4 5 6 7 8 9 10 11\n";
    let udev = "S:disk/by-id/x\nE:ID_MODEL=QEMU_DISK\nE:ID_SERIAL=abc\nE:ID_FS_TYPE=ext4\n";
    let (_root, host) = fake(&[
        ("proc/diskstats", diskstats),
        ("udev/b8:0", udev),
        ("sys/block/sda/queue/rotational", "1\n"),
    ]);
    let found = lines(&host, "diskstats");
    for want in [
        r#"node_disk_read_bytes_total{device="sda"} 5.13713216512e+11"#,
        r#"node_disk_read_time_seconds_total{device="sda"} 18492.372"#,
        r#"node_disk_flush_requests_time_seconds_total{device="sda"} 0.006"#,
        r#"node_disk_io_now{device="dm-0"} 9"#,
        r#"node_disk_filesystem_info{device="sda", type="ext4"} 1"#,
        r#"node_disk_info{device="sda", major="8", minor="0", model="QEMU_DISK", rotational="1", serial="abc"} 1"#,
    ] {
        assert!(found.contains(&want.to_owned()), "{want} is not in {found:#?}");
    }
    assert!(!found.iter().any(|l| l.contains("sda1")));
    assert!(
        !found.iter().any(|l| l.contains("discards") && l.contains("dm-0")),
        "columns an old kernel lacks"
    );
}

#[test]
fn mounts_report_space_once_and_errors_by_label() {
    let mountinfo = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n23 22 8:1 / / rw - ext4 /dev/sda1 rw\n\
                     24 22 0:5 / /proc rw - proc proc rw\n25 22 8:2 / /no\\040such ro,nosuid - xfs /dev/sdb1 rw\n";
    let (_root, host) = fake(&[("proc/1/mountinfo", mountinfo)]);
    let found = lines(&host, "filesystem");
    let of = |metric: &str| found.iter().filter(|l| l.starts_with(metric)).cloned().collect::<Vec<_>>();
    assert_eq!(
        of("node_filesystem_readonly"),
        [
            r#"node_filesystem_readonly{device="/dev/sda1", fstype="ext4", mountpoint="/"} 0"#,
            r#"node_filesystem_readonly{device="/dev/sdb1", device_error="entity not found", fstype="xfs", mountpoint="/no such"} 1"#,
        ]
    );
    assert_eq!(of("node_filesystem_size_bytes").len(), 1);
    assert_eq!(
        of("node_filesystem_mount_info"),
        [r#"node_filesystem_mount_info{device="/dev/sda1", major="8", minor="1", mountpoint="/"} 1"#]
    );
}

#[test]
fn network_files_become_metrics() {
    let netstat = "TcpExt: SyncookiesSent DelayedACKs TCPTimeouts\nTcpExt: 1 2 115\nIpExt: InOctets\nIpExt: 6286396970\n";
    let snmp = "Udp: InDatagrams InErrors\nUdp: 88542 120\n";
    let snmp6 = "Ip6InReceives 7\nIp6InOctets 460\nUdp6InErrors 3\n";
    check(
        "netstat",
        &[("proc/net/netstat", netstat), ("proc/net/snmp", snmp), ("proc/net/snmp6", snmp6)],
        &[
            "node_netstat_Ip6_InOctets{} 460",
            "node_netstat_IpExt_InOctets{} 6.28639697e+09",
            "node_netstat_TcpExt_SyncookiesSent{} 1",
            "node_netstat_TcpExt_TCPTimeouts{} 115",
            "node_netstat_Udp6_InErrors{} 3",
            "node_netstat_Udp_InDatagrams{} 88542",
            "node_netstat_Udp_InErrors{} 120",
        ],
    );
    check(
        "sockstat",
        &[
            ("proc/net/sockstat", "sockets: used 229\nTCP: inuse 4 tw 2 mem 1\n"),
            ("proc/net/sockstat6", "TCP6: inuse 17\n"),
        ],
        &[
            "node_sockstat_TCP6_inuse{} 17",
            "node_sockstat_TCP_inuse{} 4",
            "node_sockstat_TCP_mem{} 1",
            "node_sockstat_TCP_mem_bytes{} 4096",
            "node_sockstat_TCP_tw{} 2",
            "node_sockstat_sockets_used{} 229",
        ],
    );
    let dev = "Inter-|   Receive  | Transmit\n face |bytes ...\n  eth0:68210035552 520993275 1 2 3 4 5 6 9315587528 43451486 7 8 9 10 11 12\n";
    let (_root, host) =
        fake(&[("proc/net/dev", dev), ("sys/class/net/eth0/statistics/rx_nohandler", "13\n")]);
    let found = lines(&host, "netdev");
    assert_eq!(found.len(), 17);
    assert!(
        found.contains(&r#"node_network_transmit_carrier_total{device="eth0"} 11"#.to_owned()),
        "{found:?}"
    );
    assert!(found.contains(&r#"node_network_receive_nohandler_total{device="eth0"} 13"#.to_owned()));
    check(
        "arp",
        &[(
            "proc/net/arp",
            "IP address HW type Flags HW address Mask Device\n10.0.0.1 0x1 0x2 aa * eth0\n10.0.0.2 0x1 0x2 bb * eth0\n",
        )],
        &[r#"node_arp_entries{device="eth0"} 2"#],
    );
    let udp = "  sl local rem st tx:rx ...\n  0: 0:1 0:2 07 00000010:00000001 0\n  1: 0:1 0:2 07 00000005:00000000 0\n";
    check(
        "udp_queues",
        &[("proc/net/udp", udp)],
        &[r#"node_udp_queues{ip="v4", queue="tx"} 21"#, r#"node_udp_queues{ip="v4", queue="rx"} 1"#],
    );
    let (_root, host) = fake(&[(
        "proc/net/softnet_stat",
        "00015c73 00020e76 F0000769 00000000 0 0 0 0 00000001 00000002 00000003 00000004 00000007\n",
    )]);
    let found = lines(&host, "softnet");
    assert!(found.contains(&r#"node_softnet_processed_total{cpu="7"} 89203"#.to_owned()), "{found:?}");
    assert!(found.contains(&r#"node_softnet_backlog_len{cpu="7"} 4"#.to_owned()));
    let (_root, host) = fake(&[
        ("sys/class/net/eth0/operstate", "up\n"),
        ("sys/class/net/eth0/flags", "0x1003\n"),
        ("sys/class/net/eth0/speed", "10000\n"),
        ("sys/class/net/eth0/mtu", "1500\n"),
        ("sys/class/net/bonding_masters", "\n"),
    ]);
    assert_eq!(
        lines(&host, "netclass"),
        [
            r#"node_network_flags{device="eth0"} 4099"#,
            r#"node_network_info{adminstate="up", device="eth0", operstate="up"} 1"#,
            r#"node_network_mtu_bytes{device="eth0"} 1500"#,
            r#"node_network_speed_bytes{device="eth0"} 1.25e+09"#,
            r#"node_network_up{device="eth0"} 1"#,
        ]
    );
    let (_root, host) = fake(&[
        ("proc/sys/net/netfilter/nf_conntrack_count", "123\n"),
        ("proc/sys/net/netfilter/nf_conntrack_max", "65536\n"),
        ("proc/net/stat/nf_conntrack", "entries found drop\n1 a 1\n1 10 2\n"),
    ]);
    let found = lines(&host, "conntrack");
    assert!(found.contains(&"node_nf_conntrack_stat_found{} 26".to_owned()), "{found:?}");
    assert!(found.contains(&"node_nf_conntrack_stat_drop{} 3".to_owned()));
}

#[test]
fn sensors_and_system_facts() {
    let files = [
        ("sys/class/hwmon/hwmon0/name", "coretemp\n"),
        ("sys/class/hwmon/hwmon0/temp1_input", "55000\n"),
        ("sys/class/hwmon/hwmon0/temp1_label", "Core 0\n"),
        ("sys/class/hwmon/hwmon0/temp1_crit_alarm", "0\n"),
        ("sys/class/hwmon/hwmon0/fan1_input", "1200\n"),
        ("sys/class/hwmon/hwmon0/in0_max", "1744\n"),
        ("sys/class/hwmon/hwmon0/power1_average", "12500000\n"),
        ("sys/class/hwmon/hwmon0/uevent", "\n"),
    ];
    check(
        "hwmon",
        &files,
        &[
            r#"node_hwmon_chip_names{chip="coretemp", chip_name="coretemp"} 1"#,
            r#"node_hwmon_fan_rpm{chip="coretemp", sensor="fan1"} 1200"#,
            r#"node_hwmon_in_max_volts{chip="coretemp", sensor="in0"} 1.744"#,
            r#"node_hwmon_power_average_watt{chip="coretemp", sensor="power1"} 12.5"#,
            r#"node_hwmon_sensor_label{chip="coretemp", label="Core 0", sensor="temp1"} 1"#,
            r#"node_hwmon_temp_celsius{chip="coretemp", sensor="temp1"} 55"#,
            r#"node_hwmon_temp_crit_alarm_celsius{chip="coretemp", sensor="temp1"} 0"#,
        ],
    );
    check(
        "thermal_zone",
        &[
            ("sys/class/thermal/thermal_zone0/type", "bcm2835\n"),
            ("sys/class/thermal/thermal_zone0/temp", "49925\n"),
        ],
        &[r#"node_thermal_zone_temp{type="bcm2835", zone="0"} 49.925"#],
    );
    let release = "# comment\nNAME=\"Ubuntu \\\"X\\\"\"\nID=ubuntu\nVERSION_ID='22.04.1'\n";
    check(
        "os",
        &[("etc/os-release", release)],
        &[
            r#"node_os_info{id="ubuntu", name="Ubuntu \"X\"", version_id="22.04.1"} 1"#,
            r#"node_os_version{id="ubuntu", name="Ubuntu \"X\""} 22.04"#,
        ],
    );
    check(
        "entropy",
        &[("proc/sys/kernel/random/entropy_avail", "256\n"), ("proc/sys/kernel/random/poolsize", "256\n")],
        &["node_entropy_available_bits{} 256", "node_entropy_pool_size_bits{} 256"],
    );
}

#[test]
fn one_collector_s_failure_leaves_the_others_alone() {
    let (_root, host) = fake(&[("proc/loadavg", "1 2 3\n"), ("proc/meminfo", "MemTotal: lots kB\n")]);
    let families = collect(&host, ALL);
    let success = families.iter().find(|f| f.name == "node_scrape_collector_success").unwrap();
    let of = |name: &str| {
        success.metrics.iter().find(|m| m.labels.get("collector") == name).map(|m| m.value.clone()).unwrap()
    };
    assert_eq!(success.metrics.len(), ALL.len());
    assert_eq!(of("loadavg"), MetricValue::Number(1.0, None));
    assert_eq!(of("meminfo"), MetricValue::Number(0.0, None));
    assert!(families.iter().any(|f| f.name == "node_load1"));
    assert!(!families.iter().any(|f| f.name.starts_with("node_memory")));
}

#[test]
fn filters_match_anywhere_and_exclude_each_other() {
    let host = Host::default();
    for (name, allowed) in
        [("sda", true), ("sda1", false), ("nvme0n1", true), ("nvme0n1p1", false), ("loop3", false)]
    {
        assert_eq!(host.disks.allows(name), allowed, "{name}");
    }
    assert!(!host.mount_points.allows("/var/lib/docker/overlay2/x"));
    assert!(host.mount_points.allows("/var/lib/docker"));
    assert!(Filter::new("eth", "").unwrap().allows("veth0"));
    assert!(Filter::new("a", "b").is_err());
}

#[test]
fn this_machine_can_be_read() {
    if Path::new("/proc/stat").exists() {
        let families = collect(&Host::default(), ALL);
        for name in
            ["node_cpu_seconds_total", "node_memory_MemTotal_bytes", "node_load1", "node_boot_time_seconds"]
        {
            assert!(families.iter().any(|f| f.name == name), "{name}");
        }
    }
}
