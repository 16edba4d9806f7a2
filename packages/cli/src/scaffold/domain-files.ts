import type { DomainNames } from "./domain-names.ts";

/** What the files can be made with. */
export interface Vocabulary {
  /** Whether the workspace has buf/validate/validate.proto, for rules of fields. */
  readonly hasValidation: boolean;
  /** Whether it has wirehouse/auth/v1/policy.proto, with which an RPC states who may call it. */
  readonly hasPolicies: boolean;
}

/**
 * The files of a new domain, by path below the module: its objects, and a service that creates, reads, lists, updates and
 * deletes them. They pass buf's STANDARD and COMMENTS rules, those of buf-plugin-wirehouse, and `buf format`.
 */
export function domainFiles(names: DomainNames, vocabulary: Vocabulary): ReadonlyMap<string, string> {
  const { org, domain } = names;
  return new Map([
    [`${org}/${domain}/v1/models.proto`, models(names, vocabulary.hasValidation)],
    [`${org}/${domain}/service/v1/service.proto`, service(names, vocabulary)],
  ]);
}

/** An RPC's policy, where the workspace has them: a scope for reading the domain's objects, and one for writing. */
function policy(vocabulary: Vocabulary, domain: string, access: "read" | "write"): string {
  return vocabulary.hasPolicies
    ? `\n    option (wirehouse.auth.v1.policy).scopes.all_of = "${domain}:${access}";`
    : "";
}

/** A field's rules, where the workspace has them. */
function rules(validated: boolean, ...list: readonly string[]): string {
  if (!validated) {
    return "";
  }
  const options = list.map((option) => `(buf.validate.field).${option}`);
  return options.length === 1
    ? ` [${options[0]}]`
    : ` [\n${options.map((line) => `    ${line}`).join(",\n")}\n  ]`;
}

const validateImport = (validated: boolean) => (validated ? 'import "buf/validate/validate.proto";\n' : "");

function article(words: string): string {
  return /^[aeiou]/.test(words) ? "an" : "a";
}

function models({ org, domain, entity, words }: DomainNames, validated: boolean): string {
  const id = rules(validated, "ignore = IGNORE_IF_ZERO_VALUE", "string.uuid = true");
  return `syntax = "proto3";

// The objects of the ${words} domain.
//
// A field marked "Output only" is set by the server; its value in a request is ignored. The same message is used whole in
// answers and in part in updates.${validated ? " A rule on a field therefore lets the empty value through." : ""}
package ${org}.${domain}.v1;

${validateImport(validated)}import "google/protobuf/timestamp.proto";

// ${article(words) === "an" ? "An" : "A"} ${words}.
message ${entity} {
  // Output only. The id: a UUID in lower-case hyphenated form, never reused.
  string ${domain}_id = 1${id};

  // What it is called. 1 to 200 characters, not unique.
  string title = 2${rules(validated, "string.max_len = 200")};

  // Identifies this state. Changes with every change. Opaque; compare for equality only.
  string etag = 3${rules(validated, "string.max_len = 64")};

  // Output only. When it was created.
  google.protobuf.Timestamp create_time = 4;

  // Output only. When it last changed; equal to \`create_time\` at first.
  google.protobuf.Timestamp update_time = 5;
}
`;
}

function service(names: DomainNames, vocabulary: Vocabulary): string {
  const validated = vocabulary.hasValidation;
  const { org, domain, entity, entities, plural, words, pluralWords } = names;
  const type = `${org}.${domain}.v1.${entity}`;
  const some = `${article(words)} ${words}`;
  const reads = policy(vocabulary, domain, "read");
  const writes = policy(vocabulary, domain, "write");
  const required = rules(validated, "required = true");
  const id = rules(validated, "string.uuid = true");
  const imports = [
    "google/protobuf/field_mask.proto",
    `${org}/${domain}/v1/models.proto`,
    ...(validated ? ["buf/validate/validate.proto"] : []),
    ...(vocabulary.hasPolicies ? ["wirehouse/auth/v1/policy.proto"] : []),
  ].sort();
  return `syntax = "proto3";

// The RPCs of the ${words} domain.
package ${org}.${domain}.service.v1;

${imports.map((path) => `import "${path}";`).join("\n")}

// Keeps ${pluralWords}.
//
// Every RPC may fail with INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED (retry with backoff),
// UNAVAILABLE (retry with backoff) and DEADLINE_EXCEEDED. Comments of RPCs name the further codes.
//
// An RPC marked \`NO_SIDE_EFFECTS\` or \`IDEMPOTENT\` may be repeated with the same request after any failure that leaves the
// outcome open.
service ${entity}Service {
  // Creates ${some}.
  //
  // ALREADY_EXISTS: the idempotency key was used for another ${words}.
  rpc Create${entity}(Create${entity}Request) returns (Create${entity}Response) {
    option idempotency_level = IDEMPOTENT;${writes}
  }

  // Reads one ${words}.
  //
  // NOT_FOUND: no such ${words}.
  rpc Get${entity}(Get${entity}Request) returns (Get${entity}Response) {
    option idempotency_level = NO_SIDE_EFFECTS;${reads}
  }

  // Lists ${pluralWords} page by page, oldest first.
  //
  // INVALID_ARGUMENT: the page token is not one of this list, or is too old.
  rpc List${entities}(List${entities}Request) returns (List${entities}Response) {
    option idempotency_level = NO_SIDE_EFFECTS;${reads}
  }

  // Changes the fields that the mask names.
  //
  // NOT_FOUND: no such ${words}. ABORTED: the etag is not current; read again, decide again.
  rpc Update${entity}(Update${entity}Request) returns (Update${entity}Response) {
    option idempotency_level = IDEMPOTENT;${writes}
  }

  // Deletes ${some}. One that does not exist is no failure.
  //
  // ABORTED: the etag is not current; read again, decide again.
  rpc Delete${entity}(Delete${entity}Request) returns (Delete${entity}Response) {
    option idempotency_level = IDEMPOTENT;${writes}
  }
}

// Asks to create ${some}.
message Create${entity}Request {
  // The ${words} to create. Required in it: \`title\`.
  ${type} ${domain} = 1${required};

  // A UUID made by the client for this creation, the same in every attempt. A repeat is answered with what the first attempt
  // created.
  string idempotency_key = 2${id};
}

// Answers with the ${words} that was created.
message Create${entity}Response {
  // The ${words}, with its id.
  ${type} ${domain} = 1;
}

// Asks for one ${words}.
message Get${entity}Request {
  // The ${words} to read.
  string ${domain}_id = 1${id};
}

// Answers with the ${words}.
message Get${entity}Response {
  // The ${words}.
  ${type} ${domain} = 1;
}

// Asks for a page of ${pluralWords}.
message List${entities}Request {
  // The most to answer with; fewer may come although there are more. 0: 50. Over 200: taken as 200.
  int32 page_size = 1${rules(validated, "int32.gte = 0")};

  // \`next_page_token\` of the page before; empty for the first.
  string page_token = 2${rules(validated, "string.max_len = 1024")};
}

// Answers with a page.
message List${entities}Response {
  // The ${pluralWords} of the page.
  repeated ${type} ${plural} = 1;

  // Token of the next page; empty on the last.
  string next_page_token = 2;
}

// Asks to change ${some}.
message Update${entity}Request {
  // The ${words} with its new values. Required in it: \`${domain}_id\`. If \`etag\` is set, it must be current.
  ${type} ${domain} = 1${required};

  // Which fields to change: \`title\`. A field that is named and empty is cleared. Absent or empty: those that are not empty in
  // \`${domain}\`.
  google.protobuf.FieldMask update_mask = 2;
}

// Answers with the ${words} as it is now.
message Update${entity}Response {
  // The ${words}.
  ${type} ${domain} = 1;
}

// Asks to delete ${some}.
message Delete${entity}Request {
  // The ${words} to delete.
  string ${domain}_id = 1${id};

  // If set, the etag that it must have now.
  string etag = 2${rules(validated, "string.max_len = 64")};
}

// Says that it is gone.
message Delete${entity}Response {}
`;
}
