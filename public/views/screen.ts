import type { Connection } from '../feed/connection.ts';
import type { Row } from '../model/row.ts';
import type { Place } from '../place/place.ts';

/** All there is to be seen, at one moment. */
export interface Scene {
  rows: ReadonlyMap<string, Row>;
  connection: Connection;
  place: Place;
  /** This device's clock. */
  nowMs: number;
  /** Nester's clock: ages of reports are measured by it, so that a wrong clock here does no harm. */
  nesterNowMs: number;
}

/** What fills the page under its bar, for one kind of place. */
export interface Screen {
  readonly element: HTMLElement;
  /** Shows the scene. Called at most once per frame of the display. */
  paint(scene: Scene): void;
  /** Like `paint`, and moves all relative times on. Called every second. */
  tick(scene: Scene): void;
  /** Another screen takes its place: lets go of timers and requests. It is not shown again. */
  close(): void;
}
