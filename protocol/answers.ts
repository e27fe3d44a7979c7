import type { InputError } from './decoded.ts';

/** Answer of `POST /api/report`: 201, or 200 when it was kept already. */
export interface ReportAnswer {
  node: string;
  timestamp: string;
  duplicate: boolean;
}

/**
 * Answer of `POST /api/reports`. `index` counts the reports of the request from 0. `status` 403:
 * this key may not report for that node; with another it may be taken. Without: it is not valid.
 */
export interface BatchAnswer {
  accepted: number;
  duplicates: number;
  rejected: { index: number; status?: 403; errors: InputError[] }[];
}
