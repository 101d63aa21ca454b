/**
 * Node's `http`, without what an `import` of it brings along: that reads every export, one of which (`WebSocket`) loads undici with the first
 * look at it. Nobody here needs undici, and it costs each thread 55 ms and 16 MB. Types may be imported as ever.
 */
export const { Agent, createServer, request } = process.getBuiltinModule("node:http");
