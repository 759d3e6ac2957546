//! Which numbers new series get: a batch gets a page of them at a time, so that series that come together are neighbours even
//! where several targets come at once. What a batch leaves of its page the next one goes on with.
//!
//! Invariant: a number is in at most one of: the pages not begun yet, a lease, the leases given back.

use std::ops::Range;

use super::ID_END;
use super::pages::PAGE_SERIES;

/// Numbers that one batch may give away.
pub type Lease = Range<u32>;

/// The numbers.
#[derive(Debug)]
pub struct Numbers {
    /// The first of those not begun yet.
    next: u32,
    /// What batches left.
    given_back: Vec<Lease>,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers { next: 1, given_back: Vec::new() }
    }
}

impl Numbers {
    /// Goes on at `next`; what is before it is taken.
    pub fn start_at(&mut self, next: u32) {
        *self = Numbers { next, given_back: Vec::new() };
    }

    /// Returns a number that no series has, nor any after it.
    pub fn next_number(&self) -> u32 {
        self.next
    }

    /// Hands out the rest of a page, which is not empty. After the last page comes the first: numbers are used again then.
    pub fn lease(&mut self) -> Lease {
        if let Some(lease) = self.given_back.pop() {
            return lease;
        }
        let end = (self.next / PAGE_SERIES + 1) * PAGE_SERIES;
        let lease = self.next..end.min(ID_END);
        self.next = if lease.end >= ID_END { 1 } else { lease.end };
        lease
    }

    /// Takes back what is left of a lease.
    pub fn give_back(&mut self, lease: Lease) {
        if !lease.is_empty() {
            self.given_back.push(lease);
        }
    }

    /// Tells whether all numbers of a page were handed out, and none was given back.
    pub fn has_handed_out(&self, page: usize) -> bool {
        let (first, end) = (page as u64 * u64::from(PAGE_SERIES), (page as u64 + 1) * u64::from(PAGE_SERIES));
        end <= u64::from(self.next)
            && !self.given_back.iter().any(|l| (first..end).contains(&u64::from(l.start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_handed_out_whole_and_ends_are_used() {
        let mut numbers = Numbers::default();
        let (mut one, two) = (numbers.lease(), numbers.lease());
        assert_eq!((one.clone(), two), (1..128, 128..256));
        one.start = 100;
        numbers.give_back(one);
        assert!(!numbers.has_handed_out(0) && numbers.has_handed_out(1) && !numbers.has_handed_out(2));
        assert_eq!((numbers.lease(), numbers.lease()), (100..128, 256..384));
        assert!(numbers.has_handed_out(0));
        numbers.give_back(300..300);
        assert_eq!(numbers.lease(), 384..512);
    }

    #[test]
    fn a_start_in_the_middle_of_a_page_leaves_what_is_before() {
        let mut numbers = Numbers::default();
        numbers.start_at(300);
        assert_eq!((numbers.lease(), numbers.lease()), (300..384, 384..512));
    }

    #[test]
    fn after_the_last_number_comes_the_first() {
        let mut numbers = Numbers::default();
        numbers.start_at(ID_END - 5);
        assert_eq!((numbers.lease(), numbers.lease()), (ID_END - 5..ID_END, 1..128));
    }
}
