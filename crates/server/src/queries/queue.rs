//! The gate of queries: so many places, and a fair order of those who wait.
//!
//! Each client waits in a line of its own; a place that becomes free goes to the next line in turn. One client with a thousand
//! queries delays another's by one query, not by a thousand.
//!
//! Invariants: 1. A place is free, or held by a [`Place`] that gives it back when dropped.  2. A line in the ring is not empty.  3. Nobody waits
//! while a place is free.  4. No more than [`WAITING_MAX`] wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Most queries that wait. Each holds a connection, of which there is a bound, too; this one is for requests multiplexed over few of them.
const WAITING_MAX: usize = 4096;

/// The gate.
#[derive(Debug)]
pub struct Gate(Mutex<State>);

#[derive(Debug)]
struct State {
    free: usize,
    waiting: usize,
    lines: VecDeque<Line>,
}

#[derive(Debug)]
struct Line {
    client: Arc<str>,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// A place in the gate.
#[derive(Debug)]
pub struct Place(Option<Arc<Gate>>);

/// Too many wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Gate {
    /// A gate with so many places.
    pub fn new(places: usize) -> Arc<Gate> {
        Arc::new(Gate(Mutex::new(State { free: places, waiting: 0, lines: VecDeque::new() })))
    }

    /// Waits for a place. Dropping the future leaves the line.
    ///
    /// # Errors
    /// [`Full`].
    pub async fn enter(self: &Arc<Gate>, client: &Arc<str>) -> Result<Place, Full> {
        let turn = {
            let mut state = self.lock();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Place(Some(Arc::clone(self))));
            }
            if state.waiting >= WAITING_MAX {
                state.forget_gone();
            }
            if state.waiting >= WAITING_MAX {
                return Err(Full);
            }
            state.line_up(client)
        };
        // The sender is dropped only with the gate, which this future keeps alive.
        turn.await.map_err(|_| Full)
    }

    /// Hands a place on to whoever is next, or frees it.
    fn hand_on(self: &Arc<Gate>) {
        loop {
            let Some(next) = self.lock().next() else { return };
            match next.send(Place(Some(Arc::clone(self)))) {
                Ok(()) => return,
                // Whoever waited is gone; the place comes back without its drop, which would come here again.
                Err(mut place) => place.0 = None,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No method panics while it changes the state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn line_up(&mut self, client: &Arc<str>) -> oneshot::Receiver<Place> {
        let (sender, turn) = oneshot::channel();
        self.waiting += 1;
        match self.lines.iter_mut().find(|line| line.client == *client) {
            Some(line) => line.waiting.push_back(sender),
            None => self.lines.push_back(Line { client: Arc::clone(client), waiting: [sender].into() }),
        }
        turn
    }

    /// Takes the first of the line whose turn it is, and puts that line last. Frees the place if nobody waits.
    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        let Some(mut line) = self.lines.pop_front() else {
            self.free += 1;
            return None;
        };
        let next = line.waiting.pop_front();
        self.waiting -= usize::from(next.is_some());
        if !line.waiting.is_empty() {
            self.lines.push_back(line);
        }
        next
    }

    fn forget_gone(&mut self) {
        for line in &mut self.lines {
            line.waiting.retain(|sender| !sender.is_closed());
        }
        self.lines.retain(|line| !line.waiting.is_empty());
        self.waiting = self.lines.iter().map(|line| line.waiting.len()).sum();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(gate) = self.0.take() {
            gate.hand_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::*;

    type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Place, Full>> + 'a>>;

    fn poll(future: &mut Waiting<'_>) -> Option<Place> {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place.unwrap()),
            Poll::Pending => None,
        }
    }

    /// Free places, those who wait, lines.
    fn figures(gate: &Gate) -> (usize, usize, usize) {
        let state = gate.lock();
        (state.free, state.waiting, state.lines.len())
    }

    #[test]
    fn clients_take_turns() {
        let gate = Gate::new(1);
        let clients: Vec<Arc<str>> = ["a", "b", "c"].map(Arc::from).to_vec();
        let mut held = poll(&mut (Box::pin(gate.enter(&clients[0])) as Waiting<'_>));
        assert!(held.is_some());
        // Client a sends five, then b two, then c one.
        let order = [0, 0, 0, 0, 0, 1, 1, 2];
        let mut waiting: Vec<(usize, Waiting<'_>)> =
            order.iter().map(|&c| (c, Box::pin(gate.enter(&clients[c])) as Waiting<'_>)).collect();
        assert!(waiting.iter_mut().all(|(_, w)| poll(w).is_none()));
        let mut served = Vec::new();
        while !waiting.is_empty() {
            drop(held.take());
            let (at, place) =
                waiting.iter_mut().enumerate().find_map(|(i, (_, w))| Some((i, poll(w)?))).unwrap();
            served.push(waiting.remove(at).0);
            held = Some(place);
        }
        assert_eq!(served, [0, 1, 2, 0, 1, 0, 0, 0]);
        drop(held);
        assert_eq!(figures(&gate), (1, 0, 0));
    }

    #[test]
    fn whoever_leaves_the_line_is_passed_over() {
        let gate = Gate::new(1);
        let client: Arc<str> = Arc::from("a");
        let held = poll(&mut (Box::pin(gate.enter(&client)) as Waiting<'_>));
        let (mut gone, mut served, mut stays): (Waiting<'_>, Waiting<'_>, Waiting<'_>) =
            (Box::pin(gate.enter(&client)), Box::pin(gate.enter(&client)), Box::pin(gate.enter(&client)));
        assert!([&mut gone, &mut served, &mut stays].into_iter().all(|w| poll(w).is_none()));
        drop(gone);
        drop(held);
        // A place that was handed to a future which is dropped before it looks goes on.
        drop(served);
        assert!(poll(&mut stays).is_some());
        assert_eq!(figures(&gate), (1, 0, 0));
    }

    #[test]
    fn the_line_is_bounded() {
        let gate = Gate::new(0);
        let client: Arc<str> = Arc::from("a");
        let mut waiting: Vec<Waiting<'_>> =
            (0..WAITING_MAX).map(|_| Box::pin(gate.enter(&client)) as Waiting<'_>).collect();
        assert!(waiting.iter_mut().all(|w| poll(w).is_none()));
        let refused = pin!(gate.enter(&client)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(refused, Poll::Ready(Err(Full))));
        waiting.pop();
        let mut next: Waiting<'_> = Box::pin(gate.enter(&client));
        assert!(poll(&mut next).is_none(), "the place of one that left is taken");
    }
}
