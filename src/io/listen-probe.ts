/** Whether an address can be listened on: listens for a moment. */
import { createServer } from "node:net";

/** The error of listening on `host`:`port` (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …), `null` where it works. Port 0 always works. */
export function probeListen(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | null>();
  const server = createServer();
  server.once("error", resolve);
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  return promise;
}
