import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import type { RowConfig } from './row.js'

/** What a number depends on besides the code. The load average includes whatever else runs on the machine. */
export function machineFacts(): RowConfig {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverageAtStart: Number(loadavg()[0]?.toFixed(2) ?? 0),
  }
}
