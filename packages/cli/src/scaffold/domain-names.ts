import { failure } from "../errors.ts";

/** The names that the files of a new domain are made of. */
export interface DomainNames {
  /** "partner" */
  readonly org: string;
  /** "user_account" */
  readonly domain: string;
  /** "UserAccount" */
  readonly entity: string;
  /** "UserAccounts" */
  readonly entities: string;
  /** "user_accounts" */
  readonly plural: string;
  /** "user account", "user accounts": as comments call it. */
  readonly words: string;
  readonly pluralWords: string;
}

const rule = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/**
 * Reads `<org>/<domain>`.
 * @throws WirehouseError USAGE for a name that makes no good package
 */
export function domainNames(argument: string): DomainNames {
  const [org = "", domain = "", ...rest] = argument.split("/");
  const refuse = (why: string) =>
    failure("USAGE", `"${argument}" is no name for a domain: ${why}`, {
      help: "name it <org>/<domain> in lower case, such as acme/invoice; a thing in the singular",
    });
  if (rest.length > 0 || !rule.test(org) || !rule.test(domain)) {
    throw refuse(
      "it takes two names of lower-case letters, digits and single underscores, with a slash between them",
    );
  }
  if (org === domain) {
    throw refuse(`inside the package ${org}.${domain} the name ${org} would mean the domain`);
  }
  for (const name of [org, domain]) {
    if (name === "google" || name === "buf") {
      throw refuse(`inside the package ${org}.${domain} it would hide the package ${name}`);
    }
    if (/^v\d/.test(name)) {
      throw refuse(`${name} reads as a version`);
    }
  }
  const plural = pluralOf(domain);
  return {
    org,
    domain,
    entity: pascal(domain),
    entities: pascal(plural),
    plural,
    words: domain.replaceAll("_", " "),
    pluralWords: plural.replaceAll("_", " "),
  };
}

function pascal(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The regular plural. A word that has another one is for the author to mend in the files. */
function pluralOf(name: string): string {
  if (/[^aeiou]y$/.test(name)) {
    return `${name.slice(0, -1)}ies`;
  }
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}
