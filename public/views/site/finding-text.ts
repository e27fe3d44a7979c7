import type { SiteWords } from '../../text/site/site-words.ts';
import type { Finding } from './diagnosis.ts';

/** A finding as a sentence in the reader's language. `nowMs` is Nester's clock. */
export function sentenceOf(finding: Finding, { site, format, units, lasting }: SiteWords, nowMs: number): string {
  const text = site.finding;
  const since = (ms: number | undefined): string => (ms === undefined ? '' : format.minute(ms, nowMs));
  switch (finding.kind) {
    case 'paused':
      return text.paused(format.minute(finding.untilMs, nowMs), finding.why.replace(/[.\s]+$/, ''));
    case 'offline': {
      const { forMs, heardAtMs, dueAtMs, isCutOff } = finding;
      const said = text.offline(lasting(forMs), format.clock(heardAtMs, nowMs), format.clock(dueAtMs, nowMs));
      return isCutOff ? `${said} ${text.cutOff}` : said;
    }
    case 'late':
      return text.late(lasting(finding.byMs), format.clock(finding.dueAtMs, nowMs));
    case 'loss':
      return text.loss(finding.where, units.percent(finding.percent), since(finding.sinceMs), finding.isGatewayFine);
    case 'slow':
      return text.slow(units.milliseconds(finding.latency), units.milliseconds(finding.usual), since(finding.sinceMs));
    case 'fewDevices':
      return text.fewDevices(format.count(finding.devices), format.count(finding.usual), finding.devices);
    case 'full':
      return text.full(finding.disk, units.percent(finding.percent));
    case 'backlog':
      return text.backlog(format.count(finding.kept), finding.kept);
    case 'well':
      return text.well(lasting(nowMs - finding.sinceMs));
  }
}
