import type { Request, Response } from 'express';
import type { ReportStore } from '../store/report-store.ts';

/** `/healthz`: the process answers. `/readyz`: data is loaded and can be written. */
export function createHealthHandlers(store: Pick<ReportStore, 'writable'>, isStopping: () => boolean) {
  return {
    alive: (_request: Request, response: Response): void => {
      response.set('Cache-Control', 'no-store').json({ status: 'ok' });
    },
    ready: (_request: Request, response: Response): void => {
      const reasons = [
        ...(isStopping() ? ['this Nester is stopping'] : []),
        ...(store.writable() ? [] : ['reports cannot be written: the disk is full or broken']),
      ];
      response.set('Cache-Control', 'no-store').status(reasons.length === 0 ? 200 : 503);
      response.json(reasons.length === 0 ? { status: 'ready' } : { status: 'not ready', reasons });
    },
  };
}
