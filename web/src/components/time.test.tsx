import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimeProvider, type TimeState, useTime } from './time';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let seen: TimeState | undefined;
let hidden = false;
let unmount = () => undefined as void;

function Probe() {
  seen = useTime();
  return null;
}

async function open(address: string) {
  const root = createRoot(document.createElement('div'));
  await act(async () =>
    root.render(
      <MemoryRouter initialEntries={[address]}>
        <TimeProvider>
          <Probe />
        </TimeProvider>
      </MemoryRouter>,
    ),
  );
  unmount = () => act(() => root.unmount());
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000 });
  hidden = false;
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => (hidden ? 'hidden' : 'visible'));
});

afterEach(() => {
  unmount();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const pass = (ms: number) => act(async () => vi.advanceTimersByTime(ms));

describe('the page’s range', () => {
  it.each([
    ['/', 'now-1h', 3_600_000],
    ['/?from=now-6h&to=now', 'now-6h', 21_600_000],
    ['/?from=1000&to=3000', '1000', 2000],
    ['/?from=nonsense&to=now', 'nonsense', 3_600_000],
  ])('%s', async (address, from, length) => {
    await open(address);
    expect(seen?.range.from).toBe(from);
    expect((seen?.resolved.toMs ?? 0) - (seen?.resolved.fromMs ?? 0)).toBe(length);
  });
});

describe('refreshing', () => {
  it('moves a relative range with each turn', async () => {
    await open('/?refresh=10s');
    const before = seen?.resolved.toMs ?? 0;
    await pass(30_000);
    expect(seen?.tick).toBe(3);
    expect(seen?.resolved.toMs).toBe(before + 30_000);
  });

  it('pauses while the tab is hidden, and catches up at once when it is seen', async () => {
    await open('/?refresh=10s');
    hidden = true;
    await pass(60_000);
    expect(seen?.tick).toBe(0);
    hidden = false;
    await act(async () => void document.dispatchEvent(new Event('visibilitychange')));
    expect(seen?.tick).toBe(1);
  });

  it('does not catch up what was not missed', async () => {
    await open('/?refresh=10s');
    await pass(3000);
    await act(async () => void document.dispatchEvent(new Event('visibilitychange')));
    expect(seen?.tick).toBe(0);
  });

  it.each(['', 'nonsense', '0'])('does nothing for %s', async (refresh) => {
    await open(`/?refresh=${refresh}`);
    await pass(600_000);
    expect(seen?.tick).toBe(0);
  });

  it('is never faster than a second', async () => {
    await open('/?refresh=1ms');
    await pass(5000);
    expect(seen?.tick).toBe(5);
  });
});
