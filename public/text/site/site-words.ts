import { createUnits, type Units } from '../../charts/units.ts';
import { createTimeLabels, type TimeLabels } from '../../charts/time-labels.ts';
import { numberForm } from '../forms.ts';
import type { Words } from '../words.ts';
import { createDurations } from './durations.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';
import type { SiteText } from './site-text.ts';

/** All that the parts of a node's own page need to speak the reader's language. */
export interface SiteWords extends Words {
  site: SiteText;
  units: Units;
  timeLabels: TimeLabels;
  /** `2 hr 5 min`: for sentences, where `2h` would be too little. */
  lasting: (ms: number) => string;
  /** `99.97%`: never rounded up to what it is not quite. */
  precisePercent: (value: number) => string;
}

export function createSiteWords(words: Words): SiteWords {
  const { locale } = words;
  const percent = numberForm(locale, { style: 'unit', unit: 'percent', maximumFractionDigits: 2 });
  return {
    ...words,
    site: words.text.lang === fr.lang ? fr : en,
    units: createUnits(locale),
    timeLabels: createTimeLabels(locale),
    lasting: createDurations(locale),
    precisePercent: (value) => percent(Math.floor(value * 100 + 1e-6) / 100),
  };
}
