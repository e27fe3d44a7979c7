import ReconnectingWebSocket from 'reconnecting-websocket';

/** A socket that connects again by itself, as the feed needs it. */
export interface FeedSocket {
  /** Drops what is sent while not connected. */
  send(text: string): void;
  /** Gives the connection up and makes a new one. */
  reconnect(): void;
  close(): void;
}

export interface FeedSocketEvents {
  opened: () => void;
  message: (text: string) => void;
  /** The connection ended, or could not be made. Another is on its way. */
  broken: () => void;
}

/** Where each new connection goes is asked of `address`, because it says where the feed left off. */
export type OpenSocket = (address: () => string, events: FeedSocketEvents) => FeedSocket;

/**
 * Waits between attempts: from 0.3 to 1 s for the first, each half as long again, never over
 * 8 s. Every page draws its own, so that all pages of a Nester that restarts do not come back
 * in one instant.
 *
 * @param WebSocketClass the platform's own unless given
 */
export function createSocketOpener(random: () => number, WebSocketClass?: unknown): OpenSocket {
  return (address, events) => {
    const socket = new ReconnectingWebSocket(address, [], {
      ...(WebSocketClass === undefined ? {} : { WebSocket: WebSocketClass }),
      minReconnectionDelay: 300 + 700 * random(),
      maxReconnectionDelay: 5_000 + 3_000 * random(),
      reconnectionDelayGrowFactor: 1.5,
      connectionTimeout: 8_000,
      minUptime: 2_000,
      maxEnqueuedMessages: 0,
    });
    socket.onopen = () => events.opened();
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') events.message(data);
    };
    socket.onclose = () => events.broken();
    socket.onerror = () => events.broken();
    return {
      send: (text) => socket.send(text),
      reconnect: () => socket.reconnect(),
      close: () => socket.close(),
    };
  };
}
