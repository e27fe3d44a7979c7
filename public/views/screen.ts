import type { ViewerFrame } from '../../protocol/frames.ts';
import type { Connection } from '../feed/connection.ts';
import type { Counts } from '../model/counts.ts';
import type { Row } from '../model/row.ts';
import type { Edition } from '../model/rows.ts';
import type { PastFleet } from '../past/past.ts';
import type { Place } from '../place/place.ts';

/** All there is to be seen, at one moment. */
export interface Scene {
  /** The rows to be shown: those of now, or of the past. */
  rows: ReadonlyMap<string, Row>;
  /** How many rows there are of each status. */
  counts: Readonly<Counts>;
  /** Another one whenever `rows` are others. */
  edition: Readonly<Edition>;
  /** The rows of now, whatever is shown. */
  liveRows: ReadonlyMap<string, Row>;
  /** How many of them there are of each status. */
  liveCounts: Readonly<Counts>;
  /** The past is shown: which moment, and whether it is known yet. */
  past: Pick<PastFleet, 'atMs' | 'phase'> | undefined;
  connection: Connection;
  /** Nester serves another page than this one: it was updated. */
  outdated: boolean;
  place: Place;
  /** This device's clock. */
  nowMs: number;
  /** Nester's clock: ages of reports are measured by it, so that a wrong clock here does no harm. */
  nesterNowMs: number;
  /** Nester's clock now, also where the past is shown and `nesterNowMs` is the moment shown. */
  liveNowMs: number;
}

/** What fills the page under its bar, for one kind of place. */
export interface Screen {
  readonly element: HTMLElement;
  /** What Nester tells, frame by frame, for screens that need more than the rows it adds up to. Called before `paint`. */
  hear?(frame: ViewerFrame): void;
  /** Shows the scene. Called at most once per frame of the display. */
  paint(scene: Scene): void;
  /** Like `paint`, and moves all relative times on. Called every second. */
  tick(scene: Scene): void;
  /** Another screen takes its place: lets go of timers and requests. It is not shown again. */
  close(): void;
}
