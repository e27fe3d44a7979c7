import type { Decoded } from '../../../protocol/decoded.ts';
import type { Host } from '../../../protocol/report.ts';
import type { Subnet } from './subnet.ts';

/** Finds the hosts of a network. Never rejects; a reason says why nothing is known. */
export type Scan = (subnet: Subnet, deadlineMs: number, signal?: AbortSignal) => Promise<Decoded<Host[]>>;
