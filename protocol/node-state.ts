import type { AgentInfo, StoredReport, Target } from './report.ts';

/**
 * `online`: the next report is not yet due. `late`: past due. `offline`: so far past due, or
 * with its agent's socket gone so long, that the site must be presumed dark. `paused`: the site
 * said in its newest report that it is being worked on until a time that has not come yet
 * (`agent.pausedUntil`, `agent.pausedWhy`); it is neither late nor offline before.
 */
export type Status = 'online' | 'late' | 'offline' | 'paused';

/**
 * What is known of a node now: its newest report (by time of measurement), and what Nester
 * makes of it. Fields the report did not have are `null`, or empty.
 */
export interface NodeState {
  node: string;
  status: Status;
  /** Epoch ms at which `status` began. */
  since: number;
  ip: string | null;
  devices: number | null;
  latency: number | null;
  loss: number | null;
  jitter: number | null;
  metrics: Record<string, number>;
  targets: Target[];
  labels: Record<string, string>;
  agent: AgentInfo | null;
  /** When the newest report was measured, ISO 8601 UTC with ms. */
  timestamp: string;
  /** When it was received, epoch ms. */
  receivedAt: number;
  /** Seconds to the next report: as the report says, else learnt, else 60. */
  interval: number;
  /** Epoch ms at which the next report is due. */
  nextDue: number;
  /** Whether an agent's socket for this node is open. */
  connected: boolean;
}

/** A report as viewers get it: without the LAN inventory, whose size stays in `devices`. */
export type LiveReport = Omit<StoredReport, 'hosts'>;
