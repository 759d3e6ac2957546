/** Parts of lodash have no types here: only `@grafana/data` calls them. */
declare module 'lodash/*' {
  const part: (...args: unknown[]) => unknown;
  export default part;
}
