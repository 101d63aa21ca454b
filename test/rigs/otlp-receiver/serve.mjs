/**
 * Receivers of OTLP that others have made, in the folder that this is run in: Genkit's telemetry server (JSON; what it has is asked for at
 * /api/traces/<id>), and a server that decodes protobuf by the classes that OpenTelemetry has generated from its definitions (/v1/traces; what it
 * has is at /received). Prints their ports as one line of JSON.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { buffer } from "node:stream/consumers";

const require = createRequire(import.meta.url);
const { LocalFileLogStore, LocalFileTraceStore, startTelemetryServer } = require("@genkit-ai/telemetry-server");
const { opentelemetry } = require("@opentelemetry/otlp-transformer/build/src/generated/root.js");
const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1;

const received = [];
const take = async (request, response) => {
  const message = ExportTraceServiceRequest.decode(await buffer(request));
  received.push(ExportTraceServiceRequest.toObject(message, { longs: String, bytes: String }));
  response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
};
const server = createServer((request, response) => {
  if (request.method === "GET") response.end(JSON.stringify(received));
  else void take(request, response);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

const free = createServer().listen(0, "127.0.0.1");
await once(free, "listening");
const { port: genkit } = free.address();
await new Promise((resolve) => free.close(resolve));
const folders = { storeRoot: process.cwd(), indexRoot: process.cwd() };
await startTelemetryServer({
  port: genkit,
  traceStore: new LocalFileTraceStore(folders),
  logStore: new LocalFileLogStore(folders),
});

process.stdout.write(`${JSON.stringify({ genkit, protobuf: server.address().port })}\n`);
