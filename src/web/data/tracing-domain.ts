/** Id of the domain that tells of traced transactions and blocks: its charts are on their page, and on no other. */
export const tracingDomain = "tracing";
