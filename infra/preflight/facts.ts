/** What the services told and the program needs. */
export interface Facts {
  readonly namespaceId: number;
  /** Whether GitLab is its Enterprise Edition. */
  readonly enterprise: boolean;
  readonly user: GitLabUser;
  /** Whether a pipeline can make the release in this update, where pipelines do. */
  readonly canRelease: boolean;
}

/** The user of the stack's GitLab token. */
export interface GitLabUser {
  readonly username: string;
  readonly name: string;
  readonly email: string;
}
