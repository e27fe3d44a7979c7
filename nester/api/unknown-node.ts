import type { Refusal } from '../http/problem.ts';

export const UNKNOWN_NODE: Refusal = { status: 404, detail: 'No node of this name is known.' };
