export * from "./echo_pb.js";
