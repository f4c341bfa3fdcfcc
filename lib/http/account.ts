/** Where a service is and the credential for it. */
export interface Account {
  /** Base address of its API, without a slash at the end. */
  readonly url: string;
  readonly token: string;
}
