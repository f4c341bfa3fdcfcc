/** Stacks on somebody's accounts, for packages that make them. */
export { enter, newAccountsRecord, readRecord, readRegister } from "../register.ts";
export { removeFiles } from "../removal.ts";
export type { Service } from "./creations.ts";
export type { SeeAnswer } from "./noting.ts";
export type { Leftover } from "./removal.ts";
export {
  type AccountsSettings,
  addressesIn,
  namesOf,
  readCredentials,
  TEMPLATE,
} from "./settings.ts";
export {
  type AccountsRecord,
  destroyAccounts,
  initAccounts,
  type OpenStack,
  openAccounts,
  prepareAccounts,
  removeByLedger,
  wordsOfLeftover,
} from "./stack.ts";
