/**
 * The bounds of everything that crosses a wire. Both ends use the same numbers, so a
 * Harvester never builds what a Nester would refuse.
 */
export const LIMITS = {
  /** One report as JSON text, in bytes (UTF-8): body of `POST /api/report`, line of NDJSON. */
  reportBytes: 256 * 1024,
  /** Body of `POST /api/reports`, in bytes. */
  batchBytes: 8 * 1024 * 1024,
  /** Reports in one `POST /api/reports`. */
  batchReports: 1000,
  /** One WebSocket frame from an agent, in bytes: a report and its envelope. */
  agentFrameBytes: 256 * 1024 + 256,
  /** One WebSocket frame from a viewer, in bytes. Viewers have nothing to say. */
  viewerFrameBytes: 1024,
  /** Reports an agent may have sent without an answer. */
  inFlight: 256,
  /** Nesting of objects and arrays in any JSON that is accepted. */
  jsonDepth: 32,
  /** How far ahead of Nester's clock a report's timestamp may be. */
  futureMs: 10 * 60_000,
  nameCharacters: 100,
  /** Why a site is paused, in a few words. */
  pausedWhyCharacters: 200,
  metrics: 64,
  targets: 16,
  hosts: 1024,
  portsPerHost: 64,
  labels: 16,
  labelCharacters: 100,
  intervalSeconds: { min: 1, max: 604_800 },
} as const;

/** Version of the WebSocket protocol, said in `welcome` and `snapshot`. */
export const PROTOCOL_VERSION = 1;
