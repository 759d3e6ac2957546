//! Disks in arrays, memory errors, NVMe, clock rates, firmware, bundled networks.

use super::*;

#[test]
fn arrays_report_disks_and_progress() {
    let mdstat = "Personalities : [raid1] [raid6] [raid5] [raid4] [raid0]\n\
                  md0 : active raid1 sdb1[1] sda1[0]\n      523968 blocks super 1.2 [2/2] [UU]\n      \n\
                  md1 : active (auto-read-only) raid5 sdd1[3](S) sdc1[2](F) sdb2[1] sda2[0]\n      \
                  7813735424 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [UU_]\n      \
                  [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec\n      \
                  bitmap: 0/2 pages [0KB], 65536KB chunk\n\n\
                  md2 : active raid0 sdf1[1] sde1[0]\n      314159265 blocks 64k chunks\n\n\
                  md3 : active raid1 sdh1[1] sdg1[0]\n      1000 blocks [2/2] [UU]\n      \tresync=PENDING\n\n\
                  md4 : inactive sdi1[0](S)\n      2000 blocks super external:imsm\n\nunused devices: <none>\n";
    let (_root, host) = fake(&[
        ("proc/mdstat", mdstat),
        ("sys/block/md1/md/raid_disks", "3 (2)\n"),
        ("sys/block/md1/md/level", "raid5\n"),
        ("sys/block/md1/md/degraded", "1\n"),
        ("sys/block/sda/size", "1\n"),
    ]);
    let all = lines(&host, "mdadm");
    let of = |device: &str| -> Vec<String> {
        let device = format!(r#"device="{device}""#);
        let own = all.iter().filter(|l| l.contains(&device) && !l.ends_with(" 0"));
        own.map(|l| l.replace("node_md_", "").replace(&device, "").replace(", ", "")).collect()
    };
    let state = |s: &str| format!(r#"state{{state="{s}"}} 1"#);
    let disks = |s: &str, n: u32| format!(r#"disks{{state="{s}"}} {n}"#);
    let plain = |name: &str, n: &str| format!("{name}{{}} {n}");
    let (blocks, synced) = ("523968", "523968");
    assert_eq!(
        of("md0"),
        [
            plain("blocks", blocks),
            plain("blocks_synced", synced),
            disks("active", 2),
            plain("disks_required", "2"),
            state("active")
        ]
    );
    assert_eq!(
        of("md1"),
        [
            plain("blocks", "7.813735424e+09"),
            plain("blocks_synced", "1.6775552e+07"),
            plain("degraded", "1"),
            disks("active", 2),
            disks("failed", 1),
            disks("spare", 1),
            plain("disks_required", "3"),
            plain("raid_disks", "3"),
            state("recovering"),
        ]
    );
    assert_eq!(of("md2")[2..], [disks("active", 2), plain("disks_required", "2"), state("active")]);
    assert_eq!(
        of("md3"),
        [plain("blocks", "1000"), disks("active", 2), plain("disks_required", "2"), state("resync")]
    );
    assert_eq!(
        of("md4"),
        [plain("blocks", "2000"), plain("blocks_synced", "2000"), disks("spare", 1), state("inactive")]
    );
    for bad in ["md0 : active raid1 sda1[0]\n", "md0 : active raid1 sda1[0]\n      many blocks [2/2] [UU]\n"]
    {
        assert!(super::super::mdadm::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn memory_errors_by_row_and_channel() {
    let at = |file: &str| format!("sys/devices/system/edac/mc/mc0/{file}");
    let counts = [
        ("ce_count", "1"),
        ("ue_count", "2"),
        ("ce_noinfo_count", "3"),
        ("ue_noinfo_count", "4"),
        ("csrow1/ce_count", "5"),
        ("csrow1/ue_count", "6"),
        ("csrow1/ch0_ce_count", "7"),
        ("csrow1/ch0_dimm_label", "mc#0csrow#1channel#0\n"),
        ("csrow1/ch1_ce_count", "8"),
        ("csrow1/ch1_ue_count", "9"),
    ];
    let files: Vec<(String, &str)> = counts.iter().map(|(file, n)| (at(file), *n)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, n)| (path.as_str(), *n)).collect();
    check(
        "edac",
        &files,
        &[
            r#"node_edac_channel_correctable_errors_total{channel="0", controller="0", csrow="1", dimm_label="mc0_csrow1_channel0"} 7"#,
            r#"node_edac_channel_correctable_errors_total{channel="1", controller="0", csrow="1", dimm_label="unknown"} 8"#,
            r#"node_edac_channel_uncorrectable_errors_total{channel="1", controller="0", csrow="1", dimm_label="unknown"} 9"#,
            r#"node_edac_correctable_errors_total{controller="0"} 1"#,
            r#"node_edac_csrow_correctable_errors_total{controller="0", csrow="unknown"} 3"#,
            r#"node_edac_csrow_correctable_errors_total{controller="0", csrow="1"} 5"#,
            r#"node_edac_csrow_uncorrectable_errors_total{controller="0", csrow="unknown"} 4"#,
            r#"node_edac_csrow_uncorrectable_errors_total{controller="0", csrow="1"} 6"#,
            r#"node_edac_uncorrectable_errors_total{controller="0"} 2"#,
        ],
    );
}

#[test]
fn nvme_controllers_and_namespaces() {
    check(
        "nvme",
        &[
            ("sys/class/nvme/nvme0/firmware_rev", "1B2QEXP7\n"),
            ("sys/class/nvme/nvme0/model", "Samsung SSD 970 PRO 512GB\n"),
            ("sys/class/nvme/nvme0/serial", "S680HF8N190894I\n"),
            ("sys/class/nvme/nvme0/state", "live\n"),
            ("sys/class/nvme/nvme0/cntlid", "1997\n"),
            ("sys/class/nvme/nvme0/nvme0c0n7/nuse", "10\n"),
            ("sys/class/nvme/nvme0/nvme0c0n7/size", "100\n"),
            ("sys/class/nvme/nvme0/nvme0c0n7/queue/logical_block_size", "4096\n"),
            ("sys/class/nvme/nvme0/nvme0c0n7/ana_state", "optimized\n"),
            ("sys/class/nvme/nvme0/hwmon1/name", "nvme\n"),
        ],
        &[
            r#"node_nvme_info{cntlid="1997", device="nvme0", firmware_revision="1B2QEXP7", model="Samsung SSD 970 PRO 512GB", serial="S680HF8N190894I", state="live"} 1"#,
            r#"node_nvme_namespace_capacity_bytes{device="nvme0", nsid="7"} 409600"#,
            r#"node_nvme_namespace_info{ana_state="optimized", device="nvme0", nsid="7"} 1"#,
            r#"node_nvme_namespace_logical_block_size_bytes{device="nvme0", nsid="7"} 4096"#,
            r#"node_nvme_namespace_size_bytes{device="nvme0", nsid="7"} 409600"#,
            r#"node_nvme_namespace_used_bytes{device="nvme0", nsid="7"} 40960"#,
        ],
    );
}

#[test]
fn clock_rates_and_governors() {
    let at = "sys/devices/system/cpu/cpu3/cpufreq";
    check(
        "cpufreq",
        &[
            (&format!("{at}/scaling_cur_freq"), "1219917\n"),
            (&format!("{at}/cpuinfo_max_freq"), "3700000\n"),
            (&format!("{at}/scaling_governor"), "powersave\n"),
            (&format!("{at}/scaling_available_governors"), "performance powersave\n"),
            ("sys/devices/system/cpu/cpufreq/boost", "1\n"),
        ],
        &[
            r#"node_cpu_frequency_max_hertz{cpu="3"} 3.7e+09"#,
            r#"node_cpu_scaling_frequency_hertz{cpu="3"} 1.219917e+09"#,
            r#"node_cpu_scaling_governor{cpu="3", governor="performance"} 0"#,
            r#"node_cpu_scaling_governor{cpu="3", governor="powersave"} 1"#,
        ],
    );
}

#[test]
fn firmware_bundles_and_hung_tasks() {
    check(
        "dmi",
        &[("sys/class/dmi/id/sys_vendor", "Dell Inc.\n"), ("sys/class/dmi/id/bios_version", "2.2.4\n")],
        &[r#"node_dmi_info{bios_version="2.2.4", system_vendor="Dell Inc."} 1"#],
    );
    check(
        "bonding",
        &[
            ("sys/class/net/bonding_masters", "bond0 dmz\n"),
            ("sys/class/net/bond0/bonding/slaves", "\n"),
            ("sys/class/net/dmz/bonding/slaves", "eth0 eth4\n"),
            ("sys/class/net/dmz/lower_eth0/bonding_slave/mii_status", "up\n"),
            ("sys/class/net/dmz/slave_eth4/bonding_slave/mii_status", "down\n"),
        ],
        &[
            r#"node_bonding_active{master="bond0"} 0"#,
            r#"node_bonding_active{master="dmz"} 1"#,
            r#"node_bonding_slaves{master="bond0"} 0"#,
            r#"node_bonding_slaves{master="dmz"} 2"#,
        ],
    );
    check(
        "kernel_hung",
        &[("proc/sys/kernel/hung_task_detect_count", "4\n")],
        &["node_kernel_hung_tasks_total{} 4"],
    );
    check("selinux", &[], &["node_selinux_enabled{} 0"]);
    check(
        "selinux",
        &[
            ("sys/fs/selinux/enforce", "0"),
            ("etc/selinux/config", "# mode\nSELINUXTYPE=mls\nSELINUX=enforcing\n"),
        ],
        &["node_selinux_config_mode{} 1", "node_selinux_current_mode{} 0", "node_selinux_enabled{} 1"],
    );
}

#[test]
fn xfs_counts_by_filesystem() {
    let stats = "extent_alloc 92447 97589 92448 93751\nabt 0 1 2 3\nrw 28 29\nvnodes 4 0 0 0 1 1 1 0\nxpc 399724544 92823103 86219234\n";
    let all = {
        let (_root, host) =
            fake(&[("sys/fs/xfs/sda1/stats/stats", stats), ("sys/fs/xfs/stats/stats", "rw 1 1\n")]);
        lines(&host, "xfs")
    };
    let want = [
        r#"node_xfs_allocation_btree_compares_total{device="sda1"} 1"#,
        r#"node_xfs_extent_allocation_blocks_freed_total{device="sda1"} 93751"#,
        r#"node_xfs_read_calls_total{device="sda1"} 29"#,
        r#"node_xfs_vnode_release_total{device="sda1"} 1"#,
        r#"node_xfs_write_calls_total{device="sda1"} 28"#,
    ];
    assert_eq!(all.len(), 17);
    want.iter().for_each(|line| assert!(all.iter().any(|l| l == line), "{line} not in {all:#?}"));
    let (_root, host) = fake(&[("sys/fs/xfs/sda1/stats/stats", "rw 1\n")]);
    let failed = collect(&host, ALL.iter().filter(|c| c.name == "xfs"));
    assert!(!failed.iter().any(|f| f.name.starts_with("node_xfs")));
}

#[test]
fn power_zones_and_watchdogs() {
    let (root, host) = fake(&[
        ("sys/class/powercap/intel-rapl:0/name", "package-1\n"),
        ("sys/class/powercap/intel-rapl:0/energy_uj", "240422366267\n"),
        ("sys/class/powercap/intel-rapl:0:0/name", "dram\n"),
        ("sys/class/powercap/intel-rapl:0:0/energy_uj", "1000000\n"),
        ("sys/class/powercap/intel-rapl:1:0/name", "dram\n"),
        ("sys/class/powercap/intel-rapl:1:0/energy_uj", "2000000\n"),
        ("sys/class/powercap/intel-rapl/enabled", "1\n"),
    ]);
    let root = format!("{}/sys/class/powercap/", root.path().display());
    let all: Vec<String> = lines(&host, "rapl").iter().map(|l| l.replace(&root, "")).collect();
    assert_eq!(
        all,
        [
            r#"node_rapl_dram_joules_total{index="0", path="intel-rapl:0:0"} 1"#,
            r#"node_rapl_dram_joules_total{index="1", path="intel-rapl:1:0"} 2"#,
            r#"node_rapl_package_joules_total{index="1", path="intel-rapl:0"} 240422.366267"#,
        ]
    );
    check(
        "watchdog",
        &[
            ("sys/class/watchdog/watchdog0/timeout", "60\n"),
            ("sys/class/watchdog/watchdog0/identity", "Software Watchdog\n"),
            ("sys/class/watchdog/watchdog0/state", "active\n"),
        ],
        &[
            r#"node_watchdog_info{identity="Software Watchdog", name="watchdog0", state="active"} 1"#,
            r#"node_watchdog_timeout_seconds{name="watchdog0"} 60"#,
        ],
    );
}
