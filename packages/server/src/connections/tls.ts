import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ServerError } from "../errors.ts";

/** A certificate chain and its key, in PEM. */
export interface TlsMaterial {
  cert: string | Buffer;
  key: string | Buffer;
  /** Authorities whose client certificates are accepted. With it, a client must present one (mutual TLS). Default none. */
  ca?: string | Buffer;
}

/** How the server speaks TLS: material itself, or files that are read again. TLS 1.2 or newer, ALPN h2 and http/1.1. */
export type TlsOptions = TlsMaterial | TlsFiles;

/** Certificate files, as cert-manager and others write and renew them. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
  caFile?: string;
  /** How often the files are read again, in milliseconds. Default 60,000; 0: only on `reloadCertificates()`. */
  reloadIntervalMs?: number;
}

/**
 * Reads the material and proves that it can be used.
 *
 * @throws ServerError `certificate_invalid`.
 */
export async function loadTls(options: TlsOptions): Promise<TlsMaterial> {
  let material: TlsMaterial;
  try {
    material =
      "certFile" in options
        ? {
            cert: await readFile(options.certFile),
            key: await readFile(options.keyFile),
            ...(options.caFile === undefined ? {} : { ca: await readFile(options.caFile) }),
          }
        : options;
    createSecureContext(secureContext(material));
  } catch (cause) {
    const what =
      "certFile" in options ? `${options.certFile} and ${options.keyFile}` : "tls.cert and tls.key";
    throw new ServerError(
      "certificate_invalid",
      `${what} cannot be used: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
  return material;
}

/** What Node.js takes. */
export function secureContext(material: TlsMaterial): SecureContextOptions {
  return { ...material, minVersion: "TLSv1.2" };
}

/** Whether two materials are the same, byte for byte. */
export function isSameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return (["cert", "key", "ca"] as const).every((name) => `${a[name] ?? ""}` === `${b[name] ?? ""}`);
}
