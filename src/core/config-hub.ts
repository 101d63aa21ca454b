/**
 * The sections of agents and their hub: `hub`, where an agent sends to, and `server.tls`, with what the hub asks of its clients. What waits
 * for the hub is in the queue of all destinations: `forwarding`.
 */
import { z } from "zod";
import { path } from "./config-shapes.ts";

/** A token must not cross a network in the clear; on the machine itself there is none to cross. */
export const hubUrlSchema = z
  .string()
  .max(2048)
  .refine((text) => {
    const url = URL.parse(text);
    return (
      url?.protocol === "https:" || (url?.protocol === "http:" && /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname))
    );
  })
  .meta({ expected: "an https address, e.g. https://hub.example:9797" });

/** RFC 7469 §2.4: the SHA-256 of the certificate's SubjectPublicKeyInfo in base64; 32 bytes. */
export const pinSchema = z
  .string()
  .regex(/^sha256\/[A-Za-z0-9+/]{43}=$/)
  .meta({ expected: "sha256/ and 44 characters of base64; `chainpulse agent add` prints it" });

export const hubSchema = z
  .strictObject({
    url: hubUrlSchema.optional().meta({ description: "The hub that a node of the role agent sends to." }),
    token_file: path
      .optional()
      .meta({ description: "File with the agent's token; `chainpulse agent add` on the hub makes one." }),
    pin: pinSchema
      .optional()
      .meta({ description: "The hub's public key: no other is spoken to, and nobody need have signed it." }),
    ca_file: path
      .optional()
      .meta({ description: "PEM file with who signs the hub's certificate; default: the system's authorities." }),
    cert_file: path.optional().meta({ description: "PEM file with the agent's own certificate, where the hub asks for one." }),
    key_file: path.optional().meta({ description: "PEM file with that certificate's private key." }),
  })
  .refine((hub) => hub.cert_file === undefined || hub.key_file !== undefined, { path: ["key_file"] })
  .refine((hub) => hub.key_file === undefined || hub.cert_file !== undefined, { path: ["cert_file"] })
  .prefault({});

export type HubConfig = z.infer<typeof hubSchema>;

export const tlsSchema = z
  .strictObject({
    cert_file: path.meta({ description: "PEM file with the certificate chain." }),
    key_file: path.meta({ description: "PEM file with the private key." }),
    client_ca_file: path.optional().meta({ description: "PEM file with who signs the certificates of clients." }),
    client_auth: z
      .enum(["none", "optional", "required"])
      .default("none")
      .meta({ description: "Who must show a certificate: nobody, agents, or every client." }),
  })
  .refine((tls) => tls.client_auth === "none" || tls.client_ca_file !== undefined, { path: ["client_ca_file"] })
  .optional()
  .meta({ description: "Serve HTTPS instead of HTTP." });
