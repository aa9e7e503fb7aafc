import { toLogisenseErrors } from './error-shape.js';
import { authorizationPaths, isLogisenseUrl, resourcePaths } from './paths.js';

describe('LogiSense-shaped paths', () => {
  it('come with both bases, with and without internal, in five versions', () => {
    const paths = resourcePaths('DataImport/Usage');
    expect(paths).toHaveLength(20);
    expect(paths).toContain('api/v6/DataImport/Usage');
    expect(paths).toContain('ResourceServer/api/v10/internal/DataImport/Usage');
    expect(authorizationPaths('Access/Login')).toHaveLength(5);
  });

  it('are told from the native ones', () => {
    for (const path of [...resourcePaths('x'), ...authorizationPaths('x')])
      expect(isLogisenseUrl(`/${path}`)).toBe(true);
    expect(isLogisenseUrl('/api/v1/feeds/1/usage')).toBe(false);
    expect(isLogisenseUrl('/api/v11/x')).toBe(false);
  });
});

describe('toLogisenseErrors', () => {
  const problem = { status: 400, detail: 'The body is empty.', requestId: 'r' };

  it('says the status in the code', () => {
    expect(toLogisenseErrors(problem, 'create')).toEqual({
      trackingId: 'r',
      type: 'create',
      errors: [{ code: 10400000, message: 'The body is empty.' }],
    });
  });

  it('gives all errors at once', () => {
    const errors = [
      { pointer: 'a', message: 'is unknown.' },
      { pointer: 'b', message: 'is unknown.' },
    ];
    expect(toLogisenseErrors({ ...problem, errors }, 'read')).toMatchObject({
      type: 'read',
      errors: [{ message: 'a: is unknown.' }, { message: 'b: is unknown.' }],
    });
  });
});
