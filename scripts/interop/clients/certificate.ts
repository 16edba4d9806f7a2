import { join } from "node:path";
import { findProgram, runProgram, succeeded } from "./run-program.ts";

/** A new certificate for 127.0.0.1, which is its own authority, and its key. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Makes one in a folder.
 * @returns what is missing, where it cannot
 */
export async function makeCertificate(folder: string): Promise<Certificate | string> {
  const openssl = findProgram("openssl", "OPENSSL");
  if (openssl === undefined) {
    return "openssl is not installed: apt-get install openssl";
  }
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyFile];
  const subject = ["-subj", "/CN=interop", "-addext", "subjectAltName=IP:127.0.0.1"];
  succeeded(await runProgram(openssl, ["req", "-x509", "-days", "2", ...key, "-out", certFile, ...subject]));
  return { certFile, keyFile };
}
