//! Rectangles rise until they touch something, as in the grid that wrote these documents, which rely on it.

use super::Rect;

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

/// The rectangles without overlaps and without gaps above them, in the order of the input.
pub fn compact(rects: &[Rect]) -> Vec<Rect> {
    let mut order: Vec<usize> = (0..rects.len()).collect();
    order.sort_by_key(|place| (rects[*place].y, rects[*place].x));
    let mut out = rects.to_vec();
    let mut placed: Vec<Rect> = Vec::with_capacity(rects.len());
    for place in order {
        let mut rect = rects[place];
        while let Some(under) =
            placed.iter().filter(|other| overlap(other, &rect)).map(|other| other.y + other.h).min()
        {
            rect.y = under.max(rect.y + 1);
        }
        // It rises to the lowest bottom above it among those that share a column.
        let shares = |other: &&Rect| {
            other.x < rect.x + rect.w && rect.x < other.x + other.w && other.y + other.h <= rect.y
        };
        rect.y = placed.iter().filter(shares).map(|other| other.y + other.h).max().unwrap_or(0);
        placed.push(rect);
        out[place] = rect;
    }
    out
}

/// The first row below all.
pub fn bottom(rects: impl Iterator<Item = Rect>) -> u32 {
    rects.map(|rect| rect.y + rect.h).max().unwrap_or(0)
}
