import { expect, it } from 'vitest';
import { ApiError } from '../api/client';
import { adviceFor } from './states';

it.each([
  [new ApiError(0, '', 'network'), 'network'],
  [new ApiError(401, ''), 'login'],
  [new ApiError(403, ''), 'forbidden'],
  [new ApiError(404, ''), 'missing'],
  [new ApiError(503, '', 'timeout'), 'timeout'],
  [new ApiError(503, 'Service Unavailable'), 'starting'],
  [new ApiError(422, '', 'execution'), 'execution'],
  [new ApiError(400, '', 'bad_data'), 'bad_data'],
  [new ApiError(500, '', 'internal'), 'internal'],
  [new Error('a mistake of our own'), undefined],
])('%o', (error, want) => expect(adviceFor(error)).toBe(want));
