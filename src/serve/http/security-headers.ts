/** Headers on every response, pages and data alike. Source: OWASP Secure Headers; incidents S12 (hostile names in pages). */
import type { ServerResponse } from "node:http";

const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const headers = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  // Data is of its second; the files of the dashboard replace this.
  "cache-control": "no-store",
} as const;

/** On the raw response, so that streams that take the reply over have them too. */
export function setSecurityHeaders(response: ServerResponse, tls: boolean): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (tls) response.setHeader("strict-transport-security", "max-age=31536000");
}
