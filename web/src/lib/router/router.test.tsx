import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, describe, expect, it } from 'vitest';
import { History, type Location, resolve } from './history';
import { Link, Navigate, Router, Routes, matches, useBlocker, useLocation, useNavigate } from './index';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

describe('an address', () => {
  const from = { pathname: '/a', search: '?x=1', hash: '#h' };
  it.each([
    ['/b', '/b'],
    ['/b?y=2#z', '/b?y=2#z'],
    ['?y=2', '/a?y=2'],
    ['/b#', '/b'],
    [{ search: '?y=2', hash: '' }, '/a?y=2'],
    [{ search: 'y=2' }, '/a?y=2'],
    [{ pathname: '/c' }, '/c'],
    [{ pathname: '/c', search: '' }, '/c'],
    ['/q?g0.expr=a%23b%3Fc', '/q?g0.expr=a%23b%3Fc'],
  ])('%j leads to %s', (to, address) => {
    const { pathname, search, hash } = resolve(from, to);
    expect(pathname + search + hash).toBe(address);
  });

  it.each([
    ['/alerts', '/alerts', true],
    ['/alerts', '/alerts/', true],
    ['/alerts', '/alert', false],
    ['/', '/', true],
    ['/d/*', '/d/abc/name', true],
    ['/d/*', '/d', false],
    ['/d/*', '/dashboards', false],
    ['*', '/any/thing', true],
  ])('%s has %s: %s', (pattern, path, is) => expect(matches(pattern, path)).toBe(is));
});

/** The steps of a history happen later, as in browsers; the deadline is far beyond what is needed. */
async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`it did not come about at ${address()}`);
    await act(async () => new Promise((resolve) => setTimeout(resolve, 1)));
  }
}

let clean = () => undefined as void;
afterEach(() => clean());

async function show(address: string, element: React.ReactNode, prefix = '') {
  window.history.replaceState(null, '', address);
  const history = new History(prefix);
  const host = document.createElement('div');
  document.body.append(host);
  const root = createRoot(host);
  await act(async () => root.render(<Router history={history}>{element}</Router>));
  clean = () => {
    act(() => root.unmount());
    host.remove();
  };
  return { history, host };
}

const address = () => window.location.pathname + window.location.search + window.location.hash;

function Where() {
  const { pathname, search, state } = useLocation();
  return <p>{`${pathname}${search} ${JSON.stringify(state)}`}</p>;
}

describe('the router', () => {
  it('shows the first route that matches, and another after a step', async () => {
    const routes = [{ path: '/a', element: <i>A</i> }, { path: '/b/*', element: <i>B</i> }, { path: '*', element: <i>none</i> }];
    const { host, history } = await show('/a', <Routes routes={routes} />);
    expect(host.textContent).toBe('A');
    await act(async () => history.go('/b/c'));
    expect(host.textContent).toBe('B');
    await act(async () => history.go('/c'));
    expect(host.textContent).toBe('none');
  });

  it('follows links inside, keeps their state, and leaves the rest to the browser', async () => {
    const { host } = await show('/a', <><Link to="/b?x=1" state={{ n: 1 }}>go</Link><Where /></>);
    const link = host.querySelector('a') as HTMLAnchorElement;
    const press = (more: MouseEventInit) => {
      const event = new MouseEvent('click', { bubbles: true, cancelable: true, ...more });
      act(() => void link.dispatchEvent(event));
      return event.defaultPrevented;
    };
    link.addEventListener('click', (event) => (event.ctrlKey || event.button !== 0) && event.preventDefault());
    press({ ctrlKey: true });
    expect(address()).toBe('/a');
    expect(press({})).toBe(true);
    expect(host.textContent).toContain('/b?x=1 {"n":1}');
  });

  it('puts the prefix before addresses and takes it off', async () => {
    const { host, history } = await show('/p/a', <><Link to="/b">go</Link><Where /></>, '/p');
    expect(host.textContent).toContain('/a null');
    expect(host.querySelector('a')?.getAttribute('href')).toBe('/p/b');
    await act(async () => history.go({ search: '?q=1' }));
    expect(address()).toBe('/p/a?q=1');
  });

  it('is at / below a prefix alone', async () => {
    const { host } = await show('/p', <Where />, '/p');
    expect(host.textContent).toBe('/ null');
  });

  it('leads on at once', async () => {
    await show('/a', <Routes routes={[{ path: '/a', element: <Navigate replace to={{ pathname: '/b', search: '?x=1' }} /> }]} />);
    expect(address()).toBe('/b?x=1');
  });

  it('goes back with the browser', async () => {
    const { host, history } = await show('/a', <Where />);
    await act(async () => history.go('/b', { state: 7 }));
    await act(async () => history.go('/c', { replace: true }));
    act(() => window.history.back());
    await until(() => host.textContent === '/a null');
  });

  it('hands out a navigation that stays the same function', async () => {
    const seen = new Set<unknown>();
    function Probe() {
      seen.add(useNavigate());
      return <p>{useLocation().pathname}</p>;
    }
    const { history } = await show('/a', <Probe />);
    await act(async () => history.go('/b'));
    expect(seen.size).toBe(1);
  });
});

describe('a guard', () => {
  function Guarded() {
    const blocker = useBlocker((from: Location, to: Location) => from.pathname === '/edit' && to.pathname !== '/edit');
    return blocker.state === 'blocked' ? (
      <>
        <button onClick={blocker.proceed}>leave</button>
        <button onClick={blocker.reset}>stay</button>
      </>
    ) : (
      <p>free</p>
    );
  }
  const press = (host: HTMLElement, text: string) =>
    act(async () => [...host.querySelectorAll('button')].find((one) => one.textContent === text)?.click());

  it('holds a navigation up until somebody decides', async () => {
    const { host, history } = await show('/edit', <Guarded />);
    await act(async () => history.go('/away'));
    expect(address()).toBe('/edit');
    await press(host, 'stay');
    expect(host.textContent).toBe('free');
    await act(async () => history.go('/away'));
    await press(host, 'leave');
    expect(address()).toBe('/away');
  });

  it('lets pass what it does not want', async () => {
    const { history } = await show('/edit', <Guarded />);
    await act(async () => history.go({ search: '?x=1' }));
    expect(address()).toBe('/edit?x=1');
  });

  it('undoes a step back, and takes it again if told so', async () => {
    const { host, history } = await show('/a', <Guarded />);
    await act(async () => history.go('/edit'));
    act(() => window.history.back());
    await until(() => (host.textContent ?? '').includes('leave') && address() === '/edit');
    await press(host, 'leave');
    await until(() => address() === '/a' && host.textContent === 'free');
  });
});
