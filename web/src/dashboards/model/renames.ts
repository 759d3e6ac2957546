/**
 * Metrics that exporters have renamed since dashboards were written for them, by old name.
 *
 * Only those whose unit stayed: a name that also went from milliseconds to seconds would keep a query going and make its answer wrong.
 */

const MEMORY = (
  'Active Active_anon Active_file AnonHugePages AnonPages Bounce Buffers Cached CommitLimit Committed_AS DirectMap1G ' +
  'DirectMap2M DirectMap4k Dirty HardwareCorrupted Hugepagesize Inactive Inactive_anon Inactive_file KernelStack Mapped ' +
  'MemAvailable MemFree MemTotal Mlocked NFS_Unstable PageTables SReclaimable SUnreclaim Shmem Slab SwapCached SwapFree ' +
  'SwapTotal Unevictable VmallocChunk VmallocTotal VmallocUsed Writeback WritebackTmp'
).split(' ');
const NETWORK = ['bytes', 'compressed', 'drop', 'errs', 'fifo', 'packets'];

/** Old name to new name. */
export const KNOWN_RENAMES: ReadonlyMap<string, string> = new Map([
  // node_exporter 0.16
  ['node_cpu', 'node_cpu_seconds_total'],
  ['node_boot_time', 'node_boot_time_seconds'],
  ['node_time', 'node_time_seconds'],
  ['node_context_switches', 'node_context_switches_total'],
  ['node_forks', 'node_forks_total'],
  ['node_intr', 'node_intr_total'],
  ['node_disk_bytes_read', 'node_disk_read_bytes_total'],
  ['node_disk_bytes_written', 'node_disk_written_bytes_total'],
  ['node_disk_reads_completed', 'node_disk_reads_completed_total'],
  ['node_disk_reads_merged', 'node_disk_reads_merged_total'],
  ['node_disk_writes_completed', 'node_disk_writes_completed_total'],
  ['node_disk_writes_merged', 'node_disk_writes_merged_total'],
  ['node_filesystem_avail', 'node_filesystem_avail_bytes'],
  ['node_filesystem_free', 'node_filesystem_free_bytes'],
  ['node_filesystem_size', 'node_filesystem_size_bytes'],
  ...MEMORY.map((field): [string, string] => [`node_memory_${field}`, `node_memory_${field}_bytes`]),
  ...['receive', 'transmit'].flatMap((way) =>
    NETWORK.map((what): [string, string] => [`node_network_${way}_${what}`, `node_network_${way}_${what}_total`]),
  ),
  // Kubernetes
  ['apiserver_request_count', 'apiserver_request_total'],
  ['kubelet_running_container_count', 'kubelet_running_containers'],
  ['kubelet_running_pod_count', 'kubelet_running_pods'],
  // kube-state-metrics 2
  ['kube_hpa_spec_max_replicas', 'kube_horizontalpodautoscaler_spec_max_replicas'],
  ['kube_hpa_spec_min_replicas', 'kube_horizontalpodautoscaler_spec_min_replicas'],
  ['kube_hpa_status_current_replicas', 'kube_horizontalpodautoscaler_status_current_replicas'],
  ['kube_hpa_status_desired_replicas', 'kube_horizontalpodautoscaler_status_desired_replicas'],
]);

/** The known renames that matter for some expressions, one a line as `old new`. */
export function renamesIn(expressions: readonly string[]): string {
  const words = new Set(expressions.flatMap((text) => text.match(/[a-zA-Z_:][\w:]*/g) ?? []));
  return [...KNOWN_RENAMES]
    .filter(([from]) => words.has(from))
    .map(([from, to]) => `${from} ${to}`)
    .join('\n');
}
