/**
 * Name of a metric: starts like an identifier, may hold a path (`disk:/var`, `ups.battery`).
 * Apart from the schemas, so that who makes reports need not load them.
 */
export const METRIC_NAME = /^[A-Za-z_][A-Za-z0-9_.:/-]{0,63}$/;
