import { describe, expect, it } from 'vitest';
import { aState } from '../../model/row-builders.ts';
import type { Row } from '../../model/row.ts';
import { createSiteWords } from '../../text/site/site-words.ts';
import { createWords } from '../../text/words.ts';
import { diagnose, type LastDay, NO_LAST_DAY } from './diagnosis.ts';
import { sentenceOf } from './finding-text.ts';

const NOW = new Date(2026, 10, 25, 14, 17, 12).getTime();
const ago = (seconds: number): number => NOW - seconds * 1_000;
const [en, fr] = ['en-GB', 'fr-FR'].map((locale) => createSiteWords(createWords([locale])));

function said(row: Partial<Row>, lastDay: Partial<LastDay> = {}, words = en): string[] {
  if (!words) throw new Error('no words');
  const whole: Row = { ...aState({ node: 'a', interval: 60, since: ago(3 * 86_400), receivedAt: ago(10), ...row }) };
  return diagnose(whole, { ...NO_LAST_DAY, ...lastDay }, NOW).map((finding) => sentenceOf(finding, words, NOW).replace(/\s/gu, ' '));
}

const targets = (gateway: number | null, internet: number | null): Partial<Row> => ({
  targets: [
    { name: 'gateway', latency: 1, loss: gateway, jitter: 0 },
    { name: 'internet', latency: 9, loss: internet, jitter: 0 },
  ],
});

describe('what is wrong with a site', () => {
  it('is nothing where all is well', () => {
    expect(said({ loss: 0, latency: 20 }, { usualLatency: 19, usualDevices: 10 })).toEqual(['All is well; online for 3 days.']);
  });

  it('is its silence, since when, and when it was due', () => {
    expect(said({ status: 'offline', since: ago(14 * 60), receivedAt: ago(14 * 60) })).toEqual([
      'Offline for 14 mins: nothing heard since 14:03:12; the next report was due at 14:04:12.',
    ]);
  });

  it('is also that an agent is cut off', () => {
    const agent = { version: '1', mode: 'agent' as const };

    expect(said({ status: 'offline', since: ago(60), receivedAt: ago(60), agent })[0]).toMatch(/Its agent is not connected\.$/);
    expect(said({ status: 'offline', since: ago(60), receivedAt: ago(60), agent, connected: true })[0]).not.toMatch(/agent/);
  });

  it('is how late it is', () => {
    expect(said({ status: 'late', receivedAt: ago(100) })).toEqual(['Late by 40 secs: the report was due at 14:16:32.']);
  });

  it('is a pause, until when and why', () => {
    const agent = { version: '1', mode: 'agent' as const, pausedUntil: new Date(2026, 10, 25, 16).toISOString(), pausedWhy: 'swapping the UPS.' };

    expect(said({ status: 'paused', agent })).toEqual(['Paused until 16:00: swapping the UPS.']);
  });

  it('is where packets are lost: on the link, with the gateway fine', () => {
    expect(said({ loss: 12, ...targets(0, 12) }, { losingSinceMs: ago(57 * 60) })).toEqual([
      'The site answers, but since 13:20 its link loses 12% of packets to the internet; the gateway is fine.',
    ]);
  });

  it('is the site itself where its own gateway is lost, too', () => {
    expect(said({ loss: 40, ...targets(30, 40) })[0]).toContain('its own gateway');
  });

  it('is the way to Nester where the internet is fine', () => {
    expect(said({ loss: 20, ...targets(0, 0) })[0]).toContain('on the way to this Nester');
  });

  it('is not a gateway that answers no echo while all behind it does', () => {
    expect(said({ loss: 0, ...targets(100, 0) })[0]).toMatch(/^All is well/);
  });

  it('is not one lost packet of a hundred', () => {
    expect(said({ loss: 1 })[0]).toMatch(/^All is well/);
  });

  it('is loss in general where no further target tells', () => {
    expect(said({ loss: 12.5, targets: [] })).toEqual(['The site answers, but it loses 13% of packets.']);
  });

  it('is slowness against what is usual, not against a number', () => {
    expect(said({ latency: 180 }, { usualLatency: 24, slowSinceMs: ago(600) })).toEqual(['Slow since 14:07: 180 ms round trip, usually 24 ms.']);
    expect(said({ latency: 180 }, { usualLatency: 170 })[0]).toMatch(/^All is well/);
    expect(said({ latency: 9 }, { usualLatency: 2 })[0]).toMatch(/^All is well/);
  });

  it('is devices that are missing', () => {
    expect(said({ devices: 5 }, { usualDevices: 12 })).toEqual(['Only 5 devices are on its network; usually 12.']);
    expect(said({ devices: 1 }, { usualDevices: 2 })[0]).toMatch(/^All is well/);
  });

  it('is a full disk, and reports that are still to come', () => {
    expect(said({ metrics: { disk: 50, 'disk:/srv': 97.2 }, agent: { version: '1', mode: 'once', kept: 1 } })).toEqual([
      'The disk /srv is 97% full.',
      '1 older report is still on the way from its outbox.',
    ]);
  });

  it('is told the worst first, and all of it', () => {
    const findings = said({ loss: 50, latency: 300, devices: 2, targets: [] }, { usualLatency: 20, usualDevices: 10 });

    expect(findings.map((sentence) => sentence.split(/[\s:]/)[0])).toEqual(['The', 'Slow', 'Only']);
  });

  it('says nothing of the line when nothing has been heard for long', () => {
    expect(said({ status: 'offline', loss: 100, since: ago(60), receivedAt: ago(60) })).toHaveLength(1);
  });

  it('is told in French', () => {
    expect(said({ loss: 12, ...targets(0, 12) }, {}, fr)).toEqual([
      'Le site répond, mais sa liaison perd 12 % des paquets vers internet ; la passerelle va bien.',
    ]);
    expect(said({}, {}, fr)).toEqual(['Tout va bien ; en ligne depuis 3 j.']);
  });
});
