/** A `www-authenticate` value, and whether it says that a new token helps (RFC 6750, section 3.1). */
export interface ChallengeCase {
  readonly challenge: string;
  readonly newTokenHelps: boolean;
}

/** Challenges that servers send with Unauthenticated. */
export const challengeCases: readonly ChallengeCase[] = [
  { challenge: 'Bearer realm="x", error="invalid_token"', newTokenHelps: true },
  {
    challenge: 'Bearer error="invalid_token", error_description="expired, at \\"10:00\\""',
    newTokenHelps: true,
  },
  { challenge: "bearer error=invalid_token", newTokenHelps: true },
  { challenge: 'Basic realm="x", Bearer error="invalid_token"', newTokenHelps: true },
  { challenge: 'Bearer error="insufficient_scope", scope="documents.write"', newTokenHelps: false },
  { challenge: 'Bearer error="invalid_request"', newTokenHelps: false },
  { challenge: 'Bearer error="insufficient_user_authentication", max_age="5"', newTokenHelps: false },
  { challenge: 'Bearer realm="error=invalid_token"', newTokenHelps: false },
  { challenge: 'Bearer realm="x"', newTokenHelps: false },
  { challenge: 'Basic realm="x"', newTokenHelps: false },
  { challenge: 'DPoP error="invalid_token"', newTokenHelps: false },
];
