/**
 * The open connections of a server, so that its end has an end: a client that never finishes its request, its TLS handshake or its
 * reading would otherwise hold a stopping process for ever. `closeAllConnections` of Node's server does not know handshakes.
 */
import type { Server, Socket } from "node:net";

/** Given as long as most answers take; what is still open then is cut. Supervisors kill after some seconds more. */
const graceMs = 2000;

/** The connections of one server. */
export interface Connections {
  /** Runs `close`, and cuts what has not ended by itself after the grace. */
  end(close: () => Promise<void>, afterMs?: number): Promise<void>;
}

/** Begins to note connections: call it before the server listens. */
export function trackConnections(server: Server): Connections {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return {
    async end(close, afterMs = graceMs) {
      const timer = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, afterMs);
      try {
        await close();
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
