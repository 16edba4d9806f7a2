export { eachStore, type TestStore } from "./each-store.ts";
export {
  type PostgresCluster,
  type PostgresClusterOptions,
  startPostgresCluster,
} from "./postgres-cluster.ts";
export { findPostgresPrograms } from "./postgres-programs.ts";
