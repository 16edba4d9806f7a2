import type { VendorPackage } from "../workspace/wirehouse-yaml.ts";

/** A .proto that an installed package can provide. */
export interface ProtoSource {
  /** The file inside the package that it comes from, forward slashes. */
  readonly file: string;
  /** Its text with LF line endings, whatever the package has: git normalises them, and so would a clone. */
  read(): string;
}

/** A licence as it stands in the package, or in the workspace where the package ships none. */
export interface LicenseText {
  /** Where it was found: "LICENSE", "LICENSE, NOTICE", "workspace:LICENSE". */
  readonly source: string;
  readonly text: string;
}

/** What is known of one installed package: everything that a plan needs, and nothing of the machine. */
export interface PackageInput {
  readonly config: VendorPackage;
  readonly version: string;
  /** As the package manager's lock file has it ("sha512-…"); `null` where no lock file knows the package. */
  readonly integrity: string | null;
  readonly license: LicenseText;
  /** By import path. */
  readonly sources: ReadonlyMap<string, ProtoSource>;
}
