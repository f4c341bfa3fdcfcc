import { creationIn, idIn, type Service } from "./creations.ts";
import type { Ledger } from "./ledger.ts";
import type { RecordedAnswer, RecordedRequest, Watcher } from "./recorder/forward.ts";

/** Sees an answer of a service: how its shape compares with what is expected is noted there. */
export type SeeAnswer = (service: Service, request: RecordedRequest, answer: RecordedAnswer) => void;

/** Writes creations into the ledger, each before it is asked for, and shows every answer to `see`. */
export function noting(ledger: Ledger, services: Readonly<Record<Service, URL>>, see: SeeAnswer): Watcher {
  const numbers = new WeakMap<RecordedRequest, number>();
  /** The service whose API is asked; git and pages of the same address are of none. */
  const serviceOf = ({ url }: RecordedRequest): Service | undefined =>
    (["gitlab", "heroku"] as const).find(
      (name) => url.origin === services[name].origin && url.pathname.startsWith(services[name].pathname),
    );
  return {
    async before(request) {
      const service = serviceOf(request);
      const creation = service && creationIn(service, services[service], request);
      if (creation) numbers.set(request, ledger.ask(creation));
    },
    async after(request, answer) {
      const number = numbers.get(request);
      // After an error of the service itself nobody knows whether it exists: the entry stays as asked for.
      if (number !== undefined && answer.status < 300) ledger.created(number, idIn(answer));
      else if (number !== undefined && answer.status < 500) ledger.refused(number, answer.status);
      const service = serviceOf(request);
      if (service) see(service, request, answer);
    },
  };
}
