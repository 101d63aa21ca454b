/** The services with series of their own; all others of a direction are its `other`. */
import { connectionDirections } from "./metrics.ts";
import type { ServiceSummary } from "./summarise.ts";

const maxServices = 32;

/**
 * Merges what has no seat. `seated` are the keys (`direction port`) of services that have one and keep it while they have
 * connections; free seats go to the services with most connections.
 */
export function seatServices(services: readonly ServiceSummary[], seated: Set<string>): readonly ServiceSummary[] {
  const byKey = new Map(services.map((service) => [keyOf(service), service]));
  for (const key of seated) if (!byKey.has(key)) seated.delete(key);
  const waiting = services.filter((service) => !seated.has(keyOf(service))).sort((a, b) => b.connections - a.connections);
  for (const service of waiting.slice(0, maxServices - seated.size)) seated.add(keyOf(service));
  const shown = services.filter((service) => seated.has(keyOf(service)));
  for (const direction of connectionDirections) {
    const rest = services.filter((service) => service.direction === direction && !seated.has(keyOf(service)));
    if (rest.length > 0) shown.push(mergeServices(direction, rest));
  }
  return shown;
}

function keyOf(service: ServiceSummary): string {
  return `${service.direction} ${service.port}`;
}

function mergeServices(direction: ServiceSummary["direction"], services: readonly ServiceSummary[]): ServiceSummary {
  const sum = (value: (service: ServiceSummary) => number): number =>
    services.reduce((total, service) => total + value(service), 0);
  return {
    direction,
    port: "other",
    rttsSeconds: services.flatMap((service) => service.rttsSeconds),
    connections: sum((service) => service.connections),
    deliveryBytesPerSecond: sum((service) => service.deliveryBytesPerSecond),
    sentBytes: sum((service) => service.sentBytes),
    receivedBytes: sum((service) => service.receivedBytes),
    retransmittedBytes: sum((service) => service.retransmittedBytes),
  };
}
