/**
 * The parts of lodash that `@grafana/data` uses, in place of the whole of it: 14 KB gzip saved.
 *
 * A name that a newer version uses and that is missing here ends the build, it does not fail at run time.
 */
export { default as camelCase } from 'lodash/camelCase';
export { default as clamp } from 'lodash/clamp';
export { default as clone } from 'lodash/clone';
export { default as cloneDeep } from 'lodash/cloneDeep';
export { default as defaults } from 'lodash/defaults';
export { default as defaultsDeep } from 'lodash/defaultsDeep';
export { default as get } from 'lodash/get';
export { default as isArray } from 'lodash/isArray';
export { default as isBoolean } from 'lodash/isBoolean';
export { default as isDate } from 'lodash/isDate';
export { default as isEmpty } from 'lodash/isEmpty';
export { default as isEqual } from 'lodash/isEqual';
export { default as isNumber } from 'lodash/isNumber';
export { default as isObject } from 'lodash/isObject';
export { default as isString } from 'lodash/isString';
export { default as join } from 'lodash/join';
export { default as lowerCase } from 'lodash/lowerCase';
export { default as memoize } from 'lodash/memoize';
export { default as merge } from 'lodash/merge';
export { default as mergeWith } from 'lodash/mergeWith';
export { default as omit } from 'lodash/omit';
export { default as set } from 'lodash/set';
export { default as toNumber } from 'lodash/toNumber';
export { default as toString } from 'lodash/toString';
export { default as unset } from 'lodash/unset';
