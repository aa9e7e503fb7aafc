/** The versions of LogiSense's API whose clients find their routes here. */
const VERSIONS = ['v6', 'v7', 'v8', 'v9', 'v10'];

/** Every prefix of `route` below LogiSense's resource server. */
export function resourcePaths(route: string): string[] {
  return VERSIONS.flatMap((version) =>
    ['api', 'ResourceServer/api'].flatMap((base) =>
      ['', 'internal/'].map((internal) => `${base}/${version}/${internal}${route}`),
    ),
  );
}

/** Every prefix of `route` below LogiSense's authorization server. */
export function authorizationPaths(route: string): string[] {
  return VERSIONS.map((version) => `AuthorizationServer/api/${version}/${route}`);
}

/** Whether a URL is one of LogiSense's, one that there is no route for included. */
export function isLogisenseUrl(url: string): boolean {
  return /^\/(?:(?:ResourceServer\/)?api\/v(?:[6-9]|10)|AuthorizationServer\/api\/v(?:[6-9]|10))\//.test(url);
}
