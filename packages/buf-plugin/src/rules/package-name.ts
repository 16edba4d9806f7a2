/** Versions as buf has them: v1, v1beta1, v1p1alpha1, v1test, v1testfoo. */
const versionName = /^v[1-9]\d*(p[1-9]\d*)?((alpha|beta)\d*|test\w*)?$/;

/** The segments before the version, and the version. Undefined without one: buf's PACKAGE_VERSION_SUFFIX finds that. */
export function readPackage(
  name: string,
): { readonly names: readonly string[]; readonly version: string } | undefined {
  const segments = name.split(".");
  const version = segments.pop() ?? "";
  return versionName.test(version) ? { names: segments, version } : undefined;
}

/** Whether a package is one of services: `<…>.service.<version>`. */
export function isServicePackage(name: string, servicePackage: string): boolean {
  return readPackage(name)?.names.at(-1) === servicePackage;
}
