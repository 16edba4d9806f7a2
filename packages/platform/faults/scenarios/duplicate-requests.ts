import { type Inspection, inspect, integer } from "../check/rows.ts";
import { connect } from "../harness/clients.ts";
import { documentEnv, startIssuer } from "../harness/people.ts";
import type { Scenario } from "../harness/scenario.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import type { StoreKind } from "../harness/stores.ts";
import { sendTwice } from "../work/duplicates.ts";
import { repeatableDocuments } from "../work/repeatable-documents.ts";
import { repeatableIdentity } from "../work/repeatable-identity.ts";

/** Sends each request that changes something three times at once, and once more after a kill. */
export function duplicateRequests(store: StoreKind): Scenario {
  return {
    name: "duplicate requests",
    store,
    async run({ stores, defer }) {
      const identityUrl = await stores.url(store);
      const documentsUrl = await stores.url(store);
      const issuer = await startIssuer(identityUrl);
      defer(() => issuer.close());
      const { token } = await issuer.join();
      const service = await new ServiceProcess({
        name: "document",
        env: documentEnv(issuer, documentsUrl),
      }).start();
      defer(() => service.kill());
      const documents = await inspect(documentsUrl);
      defer(() => documents.close());
      const identity = await inspect(identityUrl);
      defer(() => identity.close());
      const asMember = connect(service.url, token);
      defer(() => asMember.close());
      const asOperator = connect(issuer.url, issuer.operatorToken);
      defer(() => asOperator.close());

      const forDocuments = await sendTwice(
        repeatableDocuments,
        asMember,
        () => count(documents, ["document_change", "upload", "revision", "content_chunk"]),
        () => killAndStart(service),
      );
      const forIdentity = await sendTwice(
        repeatableIdentity,
        asOperator,
        () => count(identity, ["events", "revocations", "secrets", "service_accounts", "partners"]),
        () => killAndStart(issuer.process),
      );
      return {
        RPCs: repeatableDocuments.length + repeatableIdentity.length,
        "requests sent again": forDocuments + forIdentity,
        "further effects": 0,
      };
    },
  };
}

async function count(db: Inspection, tables: readonly string[]): Promise<number> {
  let sum = 0;
  for (const table of tables) {
    const [row = {}] = await db.all(`select count(*) as rows from ${table}`);
    sum += integer(row, "rows");
  }
  return sum;
}

async function killAndStart(service: ServiceProcess): Promise<void> {
  await service.kill("SIGKILL");
  await service.start();
}
