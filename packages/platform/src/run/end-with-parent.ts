/**
 * Loaded into each service before its own code (`node --import`): closes the service when the platform is gone, however it
 * went. A service stands in a process group of its own, so that Ctrl-C reaches it only through the platform.
 */
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
// The channel alone must not keep a service alive that has closed.
process.channel?.unref();

export {};
