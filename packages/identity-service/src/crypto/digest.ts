import { createHash } from "node:crypto";
import type { Digest } from "../domain/sign-in-ports.ts";

/** SHA-256 in base64url. */
export const sha256: Digest = (value) => createHash("sha256").update(value).digest("base64url");
